"""Everything that holds loaded weights, so that memory can be given back while handles stay valid."""

from __future__ import annotations

import gc
from typing import Protocol
from weakref import WeakSet

import torch

from nodes.models.device import available_memory


class Unloadable(Protocol):
    """Something whose loaded weights can be forgotten and loaded again."""

    def unload(self) -> None: ...


_loaded: WeakSet[Unloadable] = WeakSet()


def register(holder: Unloadable) -> None:
    """Have `holder` asked to unload when memory is short."""
    _loaded.add(holder)


def has_room(nbytes: int, device: torch.device) -> bool:
    """Whether weights may be loaded ahead of their use: there is twice the memory that they take."""
    return 2 * nbytes <= available_memory(device)


def unload_all() -> None:
    """Forget all loaded weights. Handles stay valid; their next use loads from the files again."""
    for holder in list(_loaded):
        holder.unload()
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
