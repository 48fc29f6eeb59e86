"""Models that packs have asked to be loaded, and getting them off their device again; for `comfy.model_management`.

Our own models load themselves when they are used; the list tells packs what they expect to find in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from nodes.compat.stubs import ProvidedType
from nodes.models.device import available_memory
from nodes.models.memory import unload_all

MOST_LOADED = 8  # models that are remembered as loaded
current_loaded_models: list[LoadedModel] = []


class LoadedModel(metaclass=ProvidedType):
    """A model that was loaded: `model` is its patcher."""

    def __init__(self, model: Any):
        self.model = model
        self.device = getattr(model, "load_device", torch.device("cpu"))
        self.currently_used = True

    @property
    def real_model(self) -> Any:
        """What the patcher holds, called as packs call it."""
        return lambda: self.model.model

    def is_dead(self) -> bool:
        """Whether nobody holds the model any more."""
        return False

    def model_memory(self) -> int:
        """Bytes of its weights."""
        return int(self.model.model_size())

    model_loaded_memory = model_memory

    def model_memory_required(self, device: Any) -> int:
        """Bytes that loading it would take: it is loaded."""
        return 0

    def model_unload(self, *_: Any, **__: Any) -> bool:
        """Take it off its device."""
        if isinstance(getattr(self.model, "model", None), torch.nn.Module):
            self.model.detach()
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LoadedModel) and self.model is other.model

    __hash__ = object.__hash__


def load_models_gpu(models: Iterable[Any], *_: Any, **__: Any) -> None:
    """Have models ready to compute. Ours make themselves ready when they are used; modules of packs are moved."""
    for model in models:
        if isinstance(getattr(model, "model", None), torch.nn.Module):
            model.patch_model(model.load_device)
        found = LoadedModel(model)
        if found not in current_loaded_models:
            current_loaded_models.insert(0, found)
            del current_loaded_models[MOST_LOADED:]


def load_model_gpu(model: Any) -> None:
    """The same for one."""
    load_models_gpu([model])


def loaded_models(only_currently_used: bool = False) -> list[Any]:
    """The models that are on a device."""
    return [loaded.model for loaded in current_loaded_models]


def unload_all_models() -> None:
    """Take every model off its device; each is loaded again when it is used."""
    for loaded in current_loaded_models:
        loaded.model_unload()
    current_loaded_models.clear()
    unload_all()


def unload_model_clones(model: Any, *_: Any, **__: Any) -> bool:
    """Take a model, and those that share its weights, off the list."""
    current_loaded_models[:] = [loaded for loaded in current_loaded_models if not model.is_clone(loaded.model)]
    return True


unload_model_and_clones = unload_model_clones


def free_memory(memory_required: float, device: Any, keep_loaded: Iterable[Any] = (), *_: Any, **__: Any) -> list[Any]:
    """Have so many bytes free on a device, by unloading every model if need be."""
    if available_memory(device) < memory_required:
        unload_all_models()
    return []


def cleanup_models(*_: Any, **__: Any) -> None:
    """Forget models that nobody holds: nobody keeps such."""


cleanup_models_gc = cleanup_models
