"""Temporary folders of one process, which the next one removes if the process that used them was killed."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

PREFIX = "graphcore-"
MARK = "in-use"  # a file that is locked while its folder is used


class Scratch(tempfile.TemporaryDirectory[str]):
    """A temporary folder that goes with this process, at the latest when the next one makes its own."""

    def __init__(self, purpose: str):
        sweep(Path(tempfile.gettempdir()))
        super().__init__(prefix=f"{PREFIX}{purpose}-", ignore_cleanup_errors=True)
        self._mark = marked(Path(self.name))

    def cleanup(self) -> None:
        """Remove the folder."""
        self._mark.close()
        super().cleanup()


def sweep(root: Path) -> None:
    """Remove what processes have left behind that were killed, with whoever started them."""
    for mark in root.glob(f"{PREFIX}*/{MARK}"):
        if _is_free(mark):
            shutil.rmtree(mark.parent, ignore_errors=True)


def marked(folder: Path) -> IO[bytes]:
    """The mark of a folder, to be held open: it is locked before it has its name, so that nobody takes it for free.

    Windows keeps what is open from being removed, without a lock.
    """
    if os.name != "posix":
        return open(folder / MARK, "xb")
    file = open(folder / f"{MARK}.made", "xb")  # noqa: SIM115 - held until the end
    _lock(file)
    os.rename(file.name, folder / MARK)
    return file


def _lock(file: IO[bytes]) -> None:
    """Have nobody else lock a file before it is closed. OSError if somebody has."""
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_free(mark: Path) -> bool:
    """Whether the process that has made a mark is gone."""
    try:
        if os.name == "posix":
            with open(mark, "rb") as file:
                _lock(file)
        else:
            mark.unlink()
    except OSError:  # in use, another user's, or just removed by its owner
        return False
    return True
