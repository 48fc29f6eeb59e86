"""Packs that are loaded anew while the program runs, because their files have changed: for whoever writes one."""

from __future__ import annotations

import importlib
import linecache
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from nodes.compat import asking
from nodes.compat.pack_entries import SKIPPED_FOLDERS, Entry, code_mark, entries

OTHERS = SKIPPED_FOLDERS - {"__pycache__"}


class Watch:
    """Which packs have changed since they were loaded. A change counts once it has stood still for one look, as an
    editor may write several files, or one in several goes.
    """

    def __init__(self, roots: Callable[[], Collection[Path]], only: Collection[str] | None = None):
        self._roots, self._only = roots, only
        self._loaded = self._seen = self._marks()

    def changed(self) -> list[Entry]:
        """Those that are new or have changed."""
        before, self._seen = self._seen, self._marks()
        found = [
            entry for entry, mark in self._seen.items() if mark != self._loaded.get(entry) and mark == before.get(entry)
        ]
        self._loaded |= {entry: self._seen[entry] for entry in found}
        return found

    def gone(self) -> list[Entry]:
        """Those that are there no more, as the last look has shown."""
        found = [entry for entry in self._loaded if entry not in self._seen]
        for entry in found:
            del self._loaded[entry]
        return found

    def _marks(self) -> dict[Entry, str]:
        return {entry: code_mark(entry) for entry in entries(self._roots(), self._only)}


@dataclass(slots=True)
class Attempt:
    """Whether what was set aside stays away."""

    succeeded: bool = False


@contextmanager
def set_aside(entry: Entry, server: Any) -> Iterator[Attempt]:
    """Take a pack's modules, URL handlers and submission handlers away while it is imported anew.

    Unless the attempt is said to have succeeded, all of them are put back. Code that runs keeps its own modules.
    """
    _forget_sources(entry)
    modules = {name: module for name, module in list(sys.modules.items()) if _is_of(entry, _file_of(module))}
    kept = [(known, list(known)) for known in _registrations(server)]
    for name in modules:
        del sys.modules[name]
    for known, items in kept:
        known[:] = [item for item in items if not _is_of(entry, _file_of_code(getattr(item, "handler", item)))]
    attempt = Attempt()
    try:
        yield attempt
    finally:
        if not attempt.succeeded:
            for name in [name for name, module in list(sys.modules.items()) if _is_of(entry, _file_of(module))]:
                del sys.modules[name]
            sys.modules.update(modules)
            for known, items in kept:
                known[:] = items


def _registrations(server: Any) -> list[list[Any]]:
    """The lists in which packs put functions of theirs."""
    app = server.app
    moments = [app.on_startup, app.on_shutdown, app.on_cleanup, app.on_response_prepare, app.cleanup_ctx]
    return [server.routes.items, server.on_prompt_handlers, app.middlewares, *moments]


def _file_of(module: ModuleType | None) -> str:
    return str(getattr(module, "__file__", None) or "")


def _file_of_code(function: Any) -> str:
    return str(getattr(getattr(function, "__code__", None), "co_filename", ""))


def _is_of(entry: Entry, file: str) -> bool:
    return file == str(entry.path) or Path(file).is_relative_to(entry.path)


def _forget_sources(entry: Entry) -> None:
    """Have files read anew: compiled ones are told apart by seconds and sizes, which a quick edit may leave."""
    if entry.path.is_file():
        compiled = list((entry.path.parent / "__pycache__").glob(f"{entry.path.stem}.*.pyc"))
    else:
        found = entry.path.rglob("__pycache__/*.pyc")
        compiled = [file for file in found if OTHERS.isdisjoint(file.relative_to(entry.path).parts)]
    for file in compiled:
        file.unlink(missing_ok=True)
    importlib.invalidate_caches()
    linecache.checkcache()
    asking.covered.cache_clear()
