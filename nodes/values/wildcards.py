"""Wildcard files: `user/wildcards/colours.txt` is `__colours__`, one entry a line, `#` starts a comment."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from graphcore import Folders
from nodes.values.choices import WILDCARD, ChoiceError, resolve

MAX_BYTES = 4 << 20


def resolve_text(text: str, seed: int, folders: Folders) -> str:
    """The text with its choices made and its wildcards filled in from the user folder."""
    return resolve(text, seed, partial(lines, _folder(folders)))


def lines(folder: Path, name: str) -> list[str]:
    """The entries of a wildcard. ChoiceError if there is no such file inside the folder, or it is too large."""
    path = (folder / f"{name}.txt").resolve()
    if folder.resolve() not in path.parents or not path.is_file():
        raise ChoiceError(f"There is no wildcard '{name}': put a file {name}.txt with one entry a line in {folder}.")
    if path.stat().st_size > MAX_BYTES:
        raise ChoiceError(f"The wildcard '{name}' is larger than {MAX_BYTES >> 20} MB; split {path}.")
    entries = (line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    return [entry for entry in entries if entry and not entry.startswith("#")]


def identity(text: str | None, folders: Folders) -> list[tuple[str, int, int]]:
    """What a text's result depends on beside the text: name, size and time of all wildcards, if it names any.

    A text that comes by wire (None) may name any.
    """
    if (text is not None and not WILDCARD.search(text)) or not _folder(folders).is_dir():
        return []
    stats = ((path, path.stat()) for path in sorted(_folder(folders).rglob("*.txt")))
    return [(str(path), stat.st_size, stat.st_mtime_ns) for path, stat in stats]


def _folder(folders: Folders) -> Path:
    return folders.user / "wildcards"
