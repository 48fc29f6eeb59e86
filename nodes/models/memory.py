"""Everything that holds loaded weights, so that memory can be given back while handles stay valid.

Two settings limit what weights take: all of them together on one device, and what is left to others.
"""

from __future__ import annotations

import gc
import math
import os
import threading
from typing import Protocol
from weakref import WeakKeyDictionary

import torch

from graphcore.model_memory import BUDGET, RESERVE, limit
from nodes.models.device import available_memory, total_memory


class Unloadable(Protocol):
    """Something whose loaded weights can be forgotten and loaded again."""

    def unload(self) -> None: ...


_holders: WeakKeyDictionary[Unloadable, None] = WeakKeyDictionary()  # the least recently used first
_held: WeakKeyDictionary[object, tuple[str, int]] = WeakKeyDictionary()  # whose weights take how much, of which device
_order = threading.Lock()


def register(holder: Unloadable) -> None:
    """Have `holder` asked to unload when memory is short; the one used longest ago is asked first."""
    with _order:
        _holders.pop(holder, None)
        _holders[holder] = None


def account(owner: object, device: torch.device, nbytes: int) -> None:
    """Note that the weights of `owner` take `nbytes` of a device, for as long as it exists or until told otherwise."""
    with _order:
        _held[owner] = device.type, nbytes


def room(device: torch.device) -> float:
    """Bytes that further weights may take on a device: what is free, within the settings of the environment."""
    with _order:
        held = sum(nbytes for type, nbytes in _held.values() if type == device.type)
    free = available_memory(device) - limit(RESERVE, os.environ, 0.0)
    return max(0.0, min(free, limit(BUDGET, os.environ, math.inf) - held))


def capacity(device: torch.device) -> float:
    """Bytes that all weights together may take on a device that nobody else uses; infinity if it is not known."""
    total = total_memory(device) - limit(RESERVE, os.environ, 0.0)
    return max(0.0, min(total, limit(BUDGET, os.environ, math.inf)))


def make_room(nbytes: int, device: torch.device, holder: Unloadable) -> None:
    """Have others unload, the one used longest ago first, until `nbytes` fit on `device`; `holder` counts as used.

    Call it without holding a lock that `unload` takes. What is in use is let go when its user is done with it.
    """
    register(holder)
    with _order:
        others = [other for other in _holders if other is not holder]
    for other in others:
        if nbytes <= room(device):
            return
        other.unload()
        _collect()


def has_room(nbytes: int, device: torch.device) -> bool:
    """Whether weights may be loaded ahead of their use: there is twice the memory that they take."""
    return 2 * nbytes <= room(device)


def unload_all() -> None:
    """Forget all loaded weights. Handles stay valid; their next use loads from the files again."""
    for holder in list(_holders):
        holder.unload()
    _collect()


def _collect() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
