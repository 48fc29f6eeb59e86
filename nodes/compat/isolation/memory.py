"""Memory that two processes share: a file that both map, written by one and read by the other without a copy.

On Linux it lies in /dev/shm while there is room, elsewhere among the temporary files, where the system's page cache
makes it memory all the same. The reader removes it while it is mapped; so the memory lives as long as what was read.
"""

from __future__ import annotations

import itertools
import mmap
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from graphcore.container import Block
from graphcore.scratch import PREFIX, marked, sweep

FAST = Path("/dev/shm")  # memory as files, on Linux
ALIGNED = 64  # bytes
SMALLEST = 1  # no empty file can be mapped


class Exchange:
    """Folders for files that one process writes and another reads; `close` removes them."""

    def __init__(self, folders: Sequence[str] | None = None):
        self._marks: list[IO[bytes]] = []
        self.folders = list(folders) if folders else [self._fresh(root) for root in _roots()]
        self._numbers = itertools.count()
        self._left: list[Path] = []  # where an open file cannot be removed, it is once it was let go

    def write(self, blocks: Sequence[Block]) -> tuple[str, list[int]]:
        """(the file, where each block begins in it); ("", []) for no blocks. OSError if there is no room anywhere.

        By a call of the system rather than through a map, which costs half, and fails in words where there is no room.
        """
        if not blocks:
            return "", []
        self._sweep()
        starts = list(_starts(blocks))
        for last, folder in enumerate(self.folders, 1 - len(self.folders)):
            path = Path(folder) / f"{os.getpid()}-{next(self._numbers)}"
            try:
                with open(path, "xb", opener=_private) as file:
                    for start, block in zip(starts, blocks, strict=True):
                        file.seek(start)
                        file.write(block.data)
                    file.truncate(max(SMALLEST, file.tell()))
            except OSError:
                path.unlink(missing_ok=True)
                if not last:
                    raise
            else:
                return str(path), starts
        raise AssertionError("there is no folder")

    def read(self, path: str) -> memoryview:
        """What was written there, for as long as anything looks at it. The file itself goes."""
        with open(path, "r+b") as file:
            memory = mmap.mmap(file.fileno(), 0)
        try:
            os.unlink(path)
        except OSError:  # Windows keeps what is mapped
            self._left.append(Path(path))
        return memoryview(memory)

    def close(self) -> None:
        """Remove everything that was not read."""
        for mark in self._marks:
            mark.close()
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)

    def _fresh(self, root: str) -> str:
        """A folder below `root`, marked as in use for as long as this process lives."""
        sweep(Path(root))
        folder = tempfile.mkdtemp(prefix=PREFIX, dir=root)
        self._marks.append(marked(Path(folder)))
        return folder

    def _sweep(self) -> None:
        for path in list(self._left):
            with suppress(OSError):
                path.unlink(missing_ok=True)
                self._left.remove(path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _roots() -> list[str]:
    fast = [str(FAST)] if FAST.is_dir() and os.access(FAST, os.W_OK) else []
    return [*fast, tempfile.gettempdir()]


def _starts(blocks: Sequence[Block]) -> Iterator[int]:
    end = 0
    for block in blocks:
        yield end
        end += -(-len(block.data) // ALIGNED) * ALIGNED
