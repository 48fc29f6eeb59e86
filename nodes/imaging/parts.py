"""Files under construction: `.<random>.part` until they are whole. What killed processes leave is cleared away."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows, where a file that somebody has open cannot be removed anyway
    fcntl = None  # type: ignore[assignment]

IN_WORK = 600.0  # seconds since the last write, before which nobody's part is touched


@contextmanager
def part_file(folder: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A new file to write, locked for as long as it is open, and its path. It is removed at the end, if still there."""
    path = folder / f".{uuid.uuid4().hex}.part"
    try:
        with open(path, "xb") as file:
            _lock(file.fileno())
            yield file, path
    finally:
        with suppress(FileNotFoundError):
            path.unlink()


def clear_parts(folder: Path) -> None:
    """Remove the parts that no living process writes: those that are old and not locked."""
    for path in folder.glob(".*.part"):
        with suppress(OSError):  # somebody else's, or gone meanwhile: no reason to stop a save
            if time.time() - path.stat().st_mtime > IN_WORK and _is_free(path):
                path.unlink()


def _lock(handle: int) -> bool:
    """Whether the file is now locked by this process; a lock ends with its process, however that ends."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # another one has it, or the file system knows no locks
        return False
    return True


def _is_free(path: Path) -> bool:
    handle = os.open(path, os.O_RDONLY)
    try:
        return _lock(handle)
    finally:
        os.close(handle)
