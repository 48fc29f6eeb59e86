"""Writing small files so that a reader, or a crash, finds the old or the new one, never half of it."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

PART = ".part-"  # how the names of unfinished files begin


def unfinished(folder: Path) -> Path:
    """A name for a file that is not done yet."""
    return folder / f"{PART}{uuid.uuid4().hex}"


def write_atomically(path: Path, body: bytes) -> None:
    """Write a file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = unfinished(path.parent)
    try:
        with part.open("xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
