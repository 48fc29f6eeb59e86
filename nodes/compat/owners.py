"""Which pack a piece of code belongs to: told by the file that it was loaded from."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from pathlib import Path
from types import FrameType

LOADING: ContextVar[str] = ContextVar("graphcore.loading_pack", default="")
"""The pack that is being imported."""

_ROOTS: dict[str, str] = {}  # folder or file of a pack -> its name


def own(path: Path, pack: str) -> None:
    """Note that code below `path` is a pack's."""
    _ROOTS[str(path)] = pack


def current_pack() -> str:
    """The pack whose code is calling, or is being imported; empty if none is."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        found = next((pack for root, pack in _ROOTS.items() if file == root or file.startswith(root + "/")), "")
        if found:
            return found
        frame = frame.f_back
    return LOADING.get()
