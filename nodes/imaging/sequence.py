"""Folders of pictures as lists. No torch until a picture is loaded, as fingerprints are taken without it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from graphcore import Folders, RunError
from graphcore.widgets import UPLOADS

Identity = list[tuple[str, int, int]]


def picture_files(folders: Folders, name: str) -> list[Path]:
    """The picture files of a folder below the input folder (`name [output]` for the output folder), in human order.

    Numbers sort by value, so that 2 comes before 10. RunError if there is no such folder.
    """
    name = name.strip()
    area, relative = folders.split(name)
    folder = folders.path(name) if relative.strip("./\\ ") else folders.area(area)
    if not os.path.isdir(folder):  # unlike Path.is_dir, it takes names that no folder can have
        raise RunError(f"There is no folder '{relative}' in {folders.area(area)}; put the pictures there.")
    files = (path for path in folder.iterdir() if path.suffix.lower() in UPLOADS["image"] and path.is_file())
    return sorted(files, key=_human)


def identity(folders: Folders, name: str) -> Identity:
    """Name, size and time of every picture of the folder, which is what a cached result stands for."""
    stats = ((path.name, path.stat()) for path in picture_files(folders, name))
    return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]


def _human(path: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", path.name.lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
