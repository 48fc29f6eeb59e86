"""The built-in pack. Its node ids are the field's own, so they carry no namespace."""

from __future__ import annotations

from graphcore.model_files import ModelTools
from graphcore.pack import Pack, Runtime
from nodes import runtime
from nodes.result_codec import TensorCodec


def _warm(types: frozenset[str]) -> None:
    known = types & set(pack.nodes)
    runtime.warm(known, {pack.nodes[type].module for type in known})


pack = Pack(
    "graphcore",
    namespace=False,
    deferred=True,
    runtime=Runtime(
        _warm,
        runtime.relieve,
        runtime.environment,
        ModelTools(runtime.describe_model, runtime.model_problems, runtime.convert_model, runtime.tiny_model),
        TensorCodec(),
        runtime.memory,
    ),
)
