"""The input, output and temp folders of one process, as copies of what the store has under the same names.

Programs look for files at paths; so what a job needs is brought there before it runs, and what it made is published
before anybody hears of it. Copies that nobody used for longest go when they take more than their budget.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graphcore.errors import UserError
from graphcore.folders import Folders
from server.sharing.digests import Digests
from server.sharing.store import Content, FileStore, StoreFailed
from server.storage import LONGEST

BUDGET = 20 << 30  # bytes of copies
KEPT = 0.9  # of the budget, when copies are let go: so that it is seldom
LONGEST_NAME = 900  # bytes; S3 takes 1,024 with the prefix
log = logging.getLogger(__name__)


class Mirror:
    """`roots`: area -> folder, of the whole installation. Safe to use from several threads."""

    def __init__(self, store: FileStore, roots: Mapping[str, Path], budget: int = BUDGET):
        self.store, self.roots, self._budget = store, dict(roots), budget
        self.digests = Digests()
        self._lock = threading.Lock()
        # user -> the mark of the store, what was let go, and the names of inputs then
        self._listed: dict[str, tuple[bytes | None, int, set[str]]] = {}
        self.let_go = 0  # how many copies so far: names may be gone from the folders whenever it is another number
        self._copies: OrderedDict[Path, int] = OrderedDict()  # of what the store has -> bytes, the longest unused first

    def name_of(self, path: Path) -> str | None:
        """The name under which others find a file ('output/a.png'); None for one outside of the areas."""
        for area, root in self.roots.items():
            if path == root or root in path.parents:
                return "/".join([area, *path.relative_to(root).parts])
        return None

    def path_of(self, name: str) -> Path | None:
        """Where a file of this name lies; None for a name that would lead out of its area."""
        area, *parts = name.split("/")
        return None if ".." in parts or area not in self.roots else self.roots[area].joinpath(*parts)

    # -- from the store ----------------------------------------------------------------------------------------------

    def bring(self, path: Path) -> bool:
        """Have a path hold what the store has under its name; whether it has that name. Raises StoreFailed."""
        name = self.name_of(path)
        content = self.store.find(name) if name is not None else None
        if name is None or content is None:
            return False
        if not self._holds(path, content):
            try:
                self.store.fetch(content, path, name)
                self.digests.learn(path, content)
            except OSError as error:
                raise StoreFailed(
                    f"'{name}' cannot be copied from the file store: {error.strerror or error}."
                ) from error
        self._used(path, content)
        return True

    def _holds(self, path: Path, content: Content) -> bool:
        try:
            return path.stat().st_size == content.size and self.digests.of(path) == content
        except OSError:
            return False

    def list_inputs(self, user: str = "") -> set[str]:
        """The names of all files of the input area, or of a user's part of it. Programs that list the folder see them
        from now on: an empty file stands for each until it is brought.
        """
        mark, gone = self.store.mark("input"), self.let_go
        *before, known = self._listed.get(user, (None, 0, set()))
        if mark is not None and [mark, gone] == before:
            return known
        found = set(self.store.names("/".join(filter(None, ["input", user]))))
        for name in sorted(found):  # so that all workers list the same, where not all have a place
            path = self.path_of(name)
            try:
                if path is not None and not path.exists():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.touch()
            except (FileExistsError, NotADirectoryError) as error:  # S3 may call a file and a folder the same
                log.warning("'%s' is not listed: %s.", name, error.strerror or error)
        self._listed[user] = mark, gone, found
        return found

    def prepare(self, prompt: Mapping[str, Mapping[str, Any]], folders: Folders, user: str = "") -> None:
        """Bring every file that a prompt names: input files as they are called, all of a folder where it is named, and
        files of other areas by `name [area]`. Raises StoreFailed.
        """
        inputs = self.list_inputs(user)
        for word in set(_words([node.get("inputs") for node in prompt.values() if isinstance(node, Mapping)])):
            path = _named(word, folders)
            name = None if path is None else self.name_of(path)
            if path is None or name is None:
                continue
            if name in inputs or not name.startswith("input"):
                self.bring(path)
            elif os.path.isdir(path):
                below = [found for found in inputs if found.startswith(f"{name}/")]
                for inner in filter(None, map(self.path_of, below)):
                    self.bring(inner)

    # -- to the store ------------------------------------------------------------------------------------------------

    def publish(self, path: Path) -> Content:
        """Have the store hold a file under its name, for good. Raises StoreFailed, and OSError if there is no file."""
        name = self.name_of(path)
        if name is None:
            raise FileNotFoundError(f"{path} lies outside of the folders for files")
        content = self.digests.of(path)
        if self.store.find(name) != content:
            self.store.put(path, content, name)
            self.store.name(name, content)
        self._used(path, content)
        return content

    def place(self, part: Path, path: Path, content: Content) -> None:
        """Put a finished file, whose content the store has under its name already, where programs look for it."""
        os.replace(part, path)
        self.digests.learn(path, content)
        self._used(path, content)

    # -- copies ------------------------------------------------------------------------------------------------------

    def _used(self, path: Path, content: Content) -> None:
        with self._lock:
            self._copies[path] = content.size
            self._copies.move_to_end(path)

    def remove(self) -> None:
        """Remove the folders of all areas."""
        for root in self.roots.values():
            shutil.rmtree(root, ignore_errors=True)

    def trim(self) -> None:
        """Let go of copies beyond the budget, while nobody needs one."""
        with self._lock:
            total = sum(self._copies.values())
            goal = self._budget * KEPT if total > self._budget else total
            while total > goal:
                path, size = self._copies.popitem(last=False)
                total -= size
                self.digests.forget(path)
                with contextlib.suppress(OSError):  # Windows keeps a file that somebody reads
                    path.unlink()
                self.let_go += 1


def _named(word: str, folders: Folders) -> Path | None:
    """The path that a text means, if it is a name; most texts are none."""
    try:
        path = folders.path(word)
        short = len(os.fsencode(word)) <= LONGEST_NAME and all(len(os.fsencode(part)) <= LONGEST for part in path.parts)
        return path if short else None
    except (UserError, OSError, ValueError):
        return None


def _words(value: Any) -> Iterator[str]:
    """Every text in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _words(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _words(item)
