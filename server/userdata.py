"""The files and settings that a user keeps on the server. Paths in and out are relative to the user's folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from server.atomic import PART, write_atomically

SETTINGS_FILE = "comfy.settings.json"


def relative(path: Path, root: Path) -> str:
    """A path as clients see it: with forward slashes."""
    return path.relative_to(root).as_posix()


def info(path: Path, root: Path) -> dict[str, Any]:
    """What `full_info` tells of a file; times are seconds since the epoch."""
    stat = path.stat()
    return {
        "path": relative(path, root),
        "size": stat.st_size,
        "modified": stat.st_mtime,
        "created": stat.st_ctime,
    }


def list_files(folder: Path, *, recurse: bool, split: bool, full_info: bool) -> list[Any]:
    """The files of a folder: their paths, their paths with the parts, or what `info` tells."""
    found = sorted(_walk(folder) if recurse else (path for path in folder.iterdir() if _is_shown(path)))
    if full_info:
        return [info(path, folder) for path in found]
    names = [relative(path, folder) for path in found]
    return [[name, *name.split("/")] for name in names] if split else names


def _walk(folder: Path) -> Iterator[Path]:
    for place, _, files in os.walk(folder):
        yield from (path for name in files if _is_shown(path := Path(place, name)))


def _is_shown(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(PART)


def list_tree(folder: Path, root: Path) -> list[dict[str, Any]]:
    """Everything below a folder, directories first, then by name."""
    found = []
    for place, folders, files in os.walk(folder):
        found += [_directory(Path(place, name), root) for name in folders]
        found += [_file(path, root) for name in files if _is_shown(path := Path(place, name))]
    return sorted(found, key=lambda entry: (entry["type"] != "directory", entry["name"].lower()))


def _directory(path: Path, root: Path) -> dict[str, Any]:
    return {"name": path.name, "path": relative(path, root), "type": "directory"}


def _file(path: Path, root: Path) -> dict[str, Any]:
    stat = path.stat()
    return {
        "name": path.name,
        "path": relative(path, root),
        "type": "file",
        "size": stat.st_size,
        "modified": stat.st_mtime,
    }


def read_settings(home: Path) -> dict[str, Any]:
    """A user's settings; {} where there are none, or the file is damaged."""
    try:
        found = json.loads((home / SETTINGS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def change_settings(home: Path, changes: Mapping[str, Any]) -> None:
    """Merge changes into a user's settings."""
    text = json.dumps({**read_settings(home), **changes}, indent=4)
    write_atomically(home / SETTINGS_FILE, text.encode())
