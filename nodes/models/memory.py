"""Everything that holds loaded weights, so that memory can be given back while handles stay valid."""

from __future__ import annotations

import gc
import threading
from typing import Protocol
from weakref import WeakKeyDictionary

import torch

from nodes.models.device import available_memory


class Unloadable(Protocol):
    """Something whose loaded weights can be forgotten and loaded again."""

    def unload(self) -> None: ...


_holders: WeakKeyDictionary[Unloadable, None] = WeakKeyDictionary()  # the least recently used first
_order = threading.Lock()


def register(holder: Unloadable) -> None:
    """Have `holder` asked to unload when memory is short; the one used longest ago is asked first."""
    with _order:
        _holders.pop(holder, None)
        _holders[holder] = None


def make_room(nbytes: int, device: torch.device, holder: Unloadable) -> None:
    """Have others unload, the one used longest ago first, until `nbytes` fit on `device`; `holder` counts as used.

    Call it without holding a lock that `unload` takes. What is in use is let go when its user is done with it.
    """
    register(holder)
    with _order:
        others = [other for other in _holders if other is not holder]
    for other in others:
        if nbytes <= available_memory(device):
            return
        other.unload()
        _collect()


def has_room(nbytes: int, device: torch.device) -> bool:
    """Whether weights may be loaded ahead of their use: there is twice the memory that they take."""
    return 2 * nbytes <= available_memory(device)


def unload_all() -> None:
    """Forget all loaded weights. Handles stay valid; their next use loads from the files again."""
    for holder in list(_holders):
        holder.unload()
    _collect()


def _collect() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
