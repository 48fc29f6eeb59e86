"""`folder_names_and_paths` and the engine's own folders as one table: what either changes, both see.

Packs keep the dict, its lists and its sets, and change them in place at any time; so these are the only copy, and the
engine is handed a view of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, MutableMapping, MutableSequence
from pathlib import Path
from typing import Any

from graphcore.folders import LEGACY_KINDS, Folders


class Table(dict[str, tuple[list[str], set[str]]]):
    """Kind of file -> (folders, extensions). A kind is found by its earlier name too."""

    def __missing__(self, kind: str) -> tuple[list[str], set[str]]:
        if kind not in LEGACY_KINDS or LEGACY_KINDS[kind] not in self:
            raise KeyError(kind)
        return self[LEGACY_KINDS[kind]]


class PathsView(MutableSequence[Path]):
    """A list of texts as a list of paths."""

    def __init__(self, texts: list[str]):
        self._texts = texts

    def __getitem__(self, index: Any) -> Any:
        found = self._texts[index]
        return [Path(text) for text in found] if isinstance(index, slice) else Path(found)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._texts[index] = str(value)

    def __delitem__(self, index: Any) -> None:
        del self._texts[index]

    def __len__(self) -> int:
        return len(self._texts)

    def insert(self, index: int, value: Path) -> None:
        """Add one."""
        self._texts.insert(index, str(value))


class KindsView(MutableMapping[str, tuple[MutableSequence[Path], frozenset[str]]]):
    """The packs' table as `Folders.kinds`."""

    def __init__(self, table: Table):
        self.table = table

    def __getitem__(self, kind: str) -> tuple[MutableSequence[Path], frozenset[str]]:
        paths, extensions = self.table[kind]
        if not isinstance(paths, list):  # some packs write a tuple of paths
            paths = list(paths)
            self.table[kind] = (paths, _extensions(extensions))
        return PathsView(paths), frozenset(extensions)

    def __setitem__(self, kind: str, value: tuple[Iterable[Path], Iterable[str]]) -> None:
        self.table[kind] = ([str(path) for path in value[0]], set(value[1]))

    def __delitem__(self, kind: str) -> None:
        del self.table[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self.table)

    def __len__(self) -> int:
        return len(self.table)


def _extensions(value: Any) -> set[str]:
    return value if isinstance(value, set) else set(value)


def share(folders: Folders) -> Table:
    """The table of these folders, which from now on is where they look."""
    if isinstance(folders.kinds, KindsView):
        return folders.kinds.table
    kinds = folders.kinds.items()
    table = Table({kind: ([str(path) for path in paths], set(extensions)) for kind, (paths, extensions) in kinds})
    folders.kinds = KindsView(table)
    return table


def normal(path: str) -> str:
    """A path as the table holds it."""
    return os.path.abspath(os.path.expanduser(path))
