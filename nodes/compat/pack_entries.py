"""What lies in the folders of custom nodes: which entries are packs, and what tells that one has changed."""

from __future__ import annotations

import hashlib
import os
import site
import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import graphcore
from graphcore.errors import DeclarationError

SKIPPED_FOLDERS = frozenset({".git", "__pycache__", "node_modules", ".venv", "venv"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A pack: a folder with `__init__.py`, or a single file. `name` is the folder's, or the file's without suffix."""

    path: Path

    @property
    def name(self) -> str:
        """What the pack is called."""
        return self.path.name if self.path.is_dir() else self.path.stem

    @property
    def module(self) -> str:
        """The name of its module: the path, in which dots would read as packages."""
        return str(self.path).replace(".", "_x_") if self.path.is_dir() else str(self.path.with_suffix(""))

    @property
    def start(self) -> Path:
        """The file that is run first."""
        return self.path / "__init__.py" if self.path.is_dir() else self.path


def entries(roots: Collection[Path], only: Collection[str] | None = None) -> list[Entry]:
    """The packs below `roots`, by name within each; with `only`, those of these names."""
    found = [Entry(path) for root in roots for path in sorted(_listed(root))]
    return [entry for entry in found if only is None or entry.name in only or entry.path.name in only]


def _listed(root: Path) -> Iterator[Path]:
    try:
        names = os.listdir(root)
    except OSError:
        return
    for name in names:
        path = root / name
        if name.endswith(".disabled") or name == "__pycache__" or name.startswith("."):
            continue
        if path.is_dir() or path.suffix == ".py":
            yield path


def wants_a_process(entry: Entry) -> bool:
    """Whether a pack is to run in a process of its own, or asks for something that there is not."""
    if not (entry.path / "pyproject.toml").is_file():
        return False
    from graphcore.packaging.isolation import isolation_of

    try:
        return bool(isolation_of(entry.path))
    except DeclarationError:
        return True


def fingerprint(entry: Entry) -> str:
    """A digest of the times and sizes of a pack's Python files, and of what else decides whether it can be imported."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr((graphcore.__version__, sys.version, _packages())).encode())
    for path, status in _files(entry.path):
        digest.update(repr((path, status.st_mtime_ns, status.st_size)).encode())
    return digest.hexdigest()


def code_mark(entry: Entry) -> str:
    """What tells this code of a pack from any other: results that it computed are told apart by it."""
    digest = hashlib.blake2b(digest_size=6)
    for path, status in _files(entry.path):
        digest.update(repr((path, status.st_mtime_ns, status.st_size)).encode())
    return digest.hexdigest()


def _packages() -> list[tuple[str, int]]:
    """The folders that packages are installed to, with their times: installing something changes these."""
    folders = [*site.getsitepackages(), *sorted(path for path in sys.path if path.endswith("-packages"))]
    return [(folder, os.stat(folder).st_mtime_ns) for folder in dict.fromkeys(folders) if os.path.isdir(folder)]


def _files(path: Path) -> Iterator[tuple[str, os.stat_result]]:
    if not path.is_dir():
        yield from _status(path.name, path)
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
        for name in sorted(names):
            if name.endswith(".py") or name == "pyproject.toml":
                file = os.path.join(folder, name)
                yield from _status(os.path.relpath(file, path), file)


def _status(name: str, file: str | Path) -> Iterator[tuple[str, os.stat_result]]:
    """A file with what is known of it; nothing for a dangling link, and for what an editor has just taken away."""
    with suppress(OSError):
        yield name, os.stat(file)
