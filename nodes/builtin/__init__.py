"""The built-in nodes. Every module of this folder declares some; importing them costs no torch."""

import importlib
import pkgutil

from nodes.builtin.pack import pack

for _module in pkgutil.iter_modules(__path__, __name__ + "."):
    importlib.import_module(_module.name)

__all__ = ["pack"]
