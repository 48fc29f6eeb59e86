"""The built-in pack. Its node ids are the field's own, so they carry no namespace."""

from graphcore import Pack

pack = Pack("graphcore", namespace=False)
