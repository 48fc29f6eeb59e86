"""Builds the editor while the Python package is built, so that `pip install` gives a server with an editor."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))
from tools import editor  # noqa: E402


class EditorHook(BuildHookInterface[Any]):
    """Runs for wheels and editable installs; source archives carry the sources of the editor instead."""

    def dependencies(self) -> list[str]:
        """Node.js, asked for only where something has to be built: it is a download of 60 MB."""
        return [] if _is_unwanted() or editor.is_current(ROOT) else [editor.NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, and have the result packed although git ignores it."""
        if not _is_unwanted():
            try:
                editor.build(ROOT)
            except editor.CannotBuild as error:
                sys.exit(str(error))
        build_data["artifacts"].append("/server/pages/editor/**")


def _is_unwanted() -> bool:
    return bool(os.environ.get("GRAPHCORE_WITHOUT_EDITOR"))
