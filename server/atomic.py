"""Writing small files so that a reader, or a crash, finds the old or the new one, never half of it."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

BINARY = getattr(os, "O_BINARY", 0)  # Windows changes the ends of lines without it
PART = ".part-"  # how the names of unfinished files begin


def unfinished(folder: Path) -> Path:
    """A name for a file that is not done yet."""
    return folder / f"{PART}{uuid.uuid4().hex}"


def write_atomically(path: Path, body: bytes, mode: int = 0o666) -> None:
    """Write a file, with the folders above it. `mode`: who may read and write it, as the umask allows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = unfinished(path.parent)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, mode), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
