"""Input, output and temp folders of single users, below those of the installation."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from graphcore.folders import AREAS, Folders


def _of_user(name: str) -> Any:
    def get(self: UserFolders) -> Path:
        return place(self.shared[name], self.served)

    def put(self: UserFolders, path: Path) -> None:
        self.shared[name] = path

    return property(get, put)


class UserFolders(Folders):
    """Folders whose areas are those of whoever is served: one object for the engine, nodes and packs alike.

    One job is run at a time, in whatever threads; questions of others are answered meanwhile, in threads of their own.
    """

    input, output, temp = (_of_user(name) for name in AREAS)

    def __init__(self, *arguments: Any, **options: Any):
        self.shared: dict[str, Path] = {}  # the areas of the installation
        self._runner = ""
        self._asker = threading.local()
        super().__init__(*arguments, **options)

    @property
    def served(self) -> str:
        """Who is served; '' for nobody in particular, whose areas are those of the installation."""
        return getattr(self._asker, "user", self._runner)

    @contextmanager
    def run_for(self, user: str) -> Iterator[None]:
        """Serve a user until the job is over."""
        self._runner = user
        try:
            yield
        finally:
            self._runner = ""

    @contextmanager
    def asked_by(self, user: str) -> Iterator[None]:
        """Serve a user in this thread alone."""
        self._asker.user = user
        try:
            yield
        finally:
            del self._asker.user


def place(area: Path, user: str) -> Path:
    """A user's part of an area."""
    return area / user if user else area
