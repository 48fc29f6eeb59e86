"""Which pack a piece of code belongs to: told by the file that it was loaded from."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import FrameType

LOADING: ContextVar[str] = ContextVar("graphcore.loading_pack", default="")
"""The pack that is being imported."""

_ROOTS: dict[str, str] = {}  # folder or file of a pack -> its name
_IMPORTED: list[str] = []  # packs that are being imported, for threads that they start meanwhile


@contextmanager
def loading(pack: str) -> Iterator[None]:
    """Note that a pack is being imported."""
    token = LOADING.set(pack)
    _IMPORTED.append(pack)
    try:
        yield
    finally:
        _IMPORTED.remove(pack)
        LOADING.reset(token)


def is_loading() -> bool:
    """Whether this code runs because a pack is being imported, in a thread that the pack started maybe."""
    return bool(LOADING.get()) or (bool(_IMPORTED) and current_pack() in _IMPORTED)


def own(path: Path, pack: str) -> None:
    """Note that code below `path` is a pack's."""
    _ROOTS[str(path)] = pack


def current_pack() -> str:
    """The pack whose code is calling, or is being imported; empty if none is."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        found = next((pack for root, pack in _ROOTS.items() if file == root or file.startswith(root + os.sep)), "")
        if found:
            return found
        frame = frame.f_back
    return LOADING.get()
