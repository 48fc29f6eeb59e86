"""An audit hook that notes every file that is opened, listed, made or removed outside the allowed roots."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
EVENTS = {"open", "os.listdir", "os.scandir", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink"}
# what the interpreter, the C library and libraries read by themselves
SYSTEM = ("/proc", "/sys", "/dev", "/usr", "/lib", "/lib64", "/opt", "/etc/ssl", "/etc/ld.so.cache", "/etc/localtime",
          "/etc/mime.types", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/hosts", "/etc/resolv.conf",
          "/etc/fonts", "/etc/apache2", "/etc/httpd")  # fmt: skip


class Watch:
    """Notes what is touched while it is on. A hook cannot be removed, so there is one a process."""

    def __init__(self, allowed: Iterable[Path]):
        code = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *filter(None, sys.path)}
        self._allowed: set[str] = set()
        self.allow(*allowed, REPOSITORY, *map(Path, [*code, *SYSTEM]))
        self._on = False
        self.strays: list[str] = []
        sys.addaudithook(self._heard)

    def allow(self, *roots: Path) -> None:
        """Have everything below these be none of its business."""
        self._allowed |= {str(root) for root in roots} | {str(root.resolve()) for root in roots}

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._on and event in EVENTS:
            paths = arguments[:2] if event in ("os.rename", "os.link", "os.symlink") else arguments[:1]
            for path in paths:
                if isinstance(path, str | bytes | os.PathLike):
                    self._see(event, os.path.realpath(os.fsdecode(path)))

    def _see(self, event: str, path: str) -> None:
        if not any(path == root or path.startswith(root.rstrip("/") + "/") for root in self._allowed):
            self.strays.append(f"{event} {path}")

    @contextmanager
    def on(self) -> Iterator[list[str]]:
        """What is touched outside meanwhile."""
        self.strays = []
        self._on = True
        try:
            yield self.strays
        finally:
            self._on = False
