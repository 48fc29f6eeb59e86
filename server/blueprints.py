"""Subgraphs that packs ship to be placed in workflows. Read from their files; no code of theirs runs here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphcore.folders import Folders
from server import extensions
from server.storage import BadName, inside

FOLDER = "subgraphs"
SOURCE = "custom_node"  # of those that packs ship; a user's own are userdata


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One of them, as it lies in the folder of its pack."""

    pack: str
    path: Path

    @property
    def id(self) -> str:
        """Stays when its content changes or the folder of packs moves."""
        return hashlib.sha256(f"{self.pack}/{self.path.name}".encode()).hexdigest()

    def entry(self) -> dict[str, Any]:
        """What clients know of it; the pack is named as `python_module` in `/object_info` names it."""
        return {"source": SOURCE, "name": self.path.stem, "info": {"node_pack": f"custom_nodes.{self.pack}"}}


def blueprints(folders: Folders) -> Iterator[Blueprint]:
    """All of them, by pack and name."""
    for pack in extensions.packs(folders):
        for path in sorted((pack / FOLDER).glob("*.json")):
            if not path.name.startswith(".") and _is_here(pack, path.name):
                yield Blueprint(pack.name, path)


def _is_here(pack: Path, name: str) -> bool:
    try:
        return inside(pack, f"{FOLDER}/{name}").is_file()
    except BadName:
        return False


def entries(folders: Folders) -> dict[str, dict[str, Any]]:
    """Id -> what clients know of it. Where folders of packs hold the same one, the first counts, as for their nodes."""
    found: dict[str, dict[str, Any]] = {}
    for blueprint in blueprints(folders):
        found.setdefault(blueprint.id, blueprint.entry())
    return found


def whole(folders: Folders, id: str) -> dict[str, Any] | None:
    """One of them with the text of its file; None if there is none, or it is no text."""
    for blueprint in blueprints(folders):
        if blueprint.id == id:
            try:
                return blueprint.entry() | {"data": blueprint.path.read_text(encoding="utf-8")}
            except (FileNotFoundError, UnicodeDecodeError):
                return None
    return None
