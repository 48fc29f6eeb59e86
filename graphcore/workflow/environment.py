"""What a result depends on beside workflow, packs and models: versions of the engine and of what computes."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping

from graphcore.pack import Registry

_LIBRARIES = ("graphcore", "torch", "diffusers", "transformers", "numpy")


def environment(registry: Registry) -> Mapping[str, str]:
    """Name -> value. Packs add what only their runtime knows, such as device and dtype."""
    return versions() | registry.environment()


def versions() -> dict[str, str]:
    """The part of it that is known without importing anything."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for library in _LIBRARIES:
        try:
            found[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            found[library] = "not installed"
    return found
