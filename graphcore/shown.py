"""The files that a run shows: `ui` names them by area, sub-folder and name; here they become paths."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphcore.engine import Result
from graphcore.folders import Folders


def files_of(result: Result, folders: Folders) -> list[Path]:
    """The path of every file that the run's outputs name."""
    return [path for ui in result.ui.values() for path in shown_files(ui, folders)]


def shown_files(ui: Mapping[str, Any], folders: Folders) -> list[Path]:
    """The path of every file that one node shows."""
    shown = [item for items in ui.values() if isinstance(items, list | tuple) for item in items]
    return [
        folders.area(item.get("type", "output")) / item.get("subfolder", "") / item["filename"]
        for item in shown
        if isinstance(item, Mapping) and "filename" in item
    ]
