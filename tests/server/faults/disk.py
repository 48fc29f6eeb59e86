"""Disks that take no more, under a real server process: writes fail as the operating system has them fail."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.server.conformance.kit import Process

MOUNT = 'mount -t tmpfs -o size=16m none "$0" && exec "$@"'  # in a namespace of its own, which goes with the process
UNSHARE = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT)
CHUNK = 4096


def children(pid: int) -> list[int]:
    """The processes that a process has started: the workers of a server."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def limited(*pids: int) -> Iterator[None]:
    """Have processes be unable to write to any file meanwhile."""
    import resource

    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class Limited:
    """A server that may write no byte to any file (EFBIG), as a quota does to it."""

    def __init__(self, base: Path, *options: str):
        self.process = Process(base, *options)
        self.root = base

    @contextmanager
    def full(self) -> Iterator[None]:
        """Have writes fail meanwhile, the worker's as well."""
        pid = self.process.process.pid
        with limited(pid, *children(pid)):
            yield


class Small:
    """A server on a file system of 16 MiB, which is filled to the last page (ENOSPC)."""

    def __init__(self, base: Path, *options: str):
        self.process = Process(base, *options, prefix=(*UNSHARE, str(base)))
        self.root = Path(f"/proc/{self.process.process.pid}/root{base}")

    @contextmanager
    def full(self) -> Iterator[None]:
        """Have writes fail meanwhile, the worker's as well."""
        filler = self.root / "filler"
        try:
            with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(bytes(CHUNK))
            yield
        finally:
            filler.unlink()


def can_mount(folder: Path) -> bool:
    """Whether this system lets one mount a small file system."""
    command = [*UNSHARE, str(folder), "true"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@contextmanager
def served_from(kind: str, base: Path, *options: str) -> Iterator[Limited | Small]:
    """A server on a disk of a kind: `limited` or `small`. Skips where the system has no such thing."""
    if sys.platform != "linux":
        pytest.skip("limits of other processes can be set on Linux only")
    if kind == "small" and not can_mount(base):
        pytest.skip("this system lets nobody mount a file system of their own (unshare --user --mount)")
    disk = Limited(base, *options) if kind == "limited" else Small(base, *options)
    try:
        yield disk
    finally:
        disk.process.stop()
