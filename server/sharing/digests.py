"""What files hold, by SHA-256: each is read once, until it changes."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

from graphcore.folders import identity_of
from server.sharing.store import Content

Identity = tuple[int, int, int, int]


class Digests:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[Identity, Content]] = {}

    def of(self, path: Path) -> Content:
        """What a file holds now. Raises OSError."""
        with path.open("rb") as file:
            identity = identity_of(os.fstat(file.fileno()))
            with self._lock:
                known = self._known.get(path)
            if known is not None and known[0] == identity:
                return known[1]
            content = Content(hashlib.file_digest(file, "sha256").hexdigest(), identity[0])
        with self._lock:
            self._known[path] = (identity, content)
        return content

    def learn(self, path: Path, content: Content) -> None:
        """A file was given this content just now."""
        with self._lock:
            self._known[path] = (identity_of(path.stat()), content)

    def forget(self, path: Path) -> None:
        """A file is no more."""
        with self._lock:
            self._known.pop(path, None)
