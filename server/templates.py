"""Workflows that are there to be opened: those that ship, those of packs, the user's own. Read from their files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from graphcore.folders import Folders
from server import extensions
from server.documents import WorkflowEntry
from server.storage import BadName, inside

SHIPPED, OWN = "graphcore", "user"
ROOTS = (Path(__file__).parent / "pages" / "workflows", Path(__file__).parent.parent / "workflows")  # wheel, checkout
PICTURES = (".webp", ".png", ".jpg", ".jpeg")


def sources(folders: Folders, home: Path) -> Iterator[tuple[str, Path]]:
    """(source, folder) of everything that holds workflows."""
    yield from ((SHIPPED, root) for root in ROOTS if root.is_dir())
    for pack in extensions.packs(folders):
        yield from ((pack.name, pack / name) for name in extensions.EXAMPLES if (pack / name).is_dir())
    yield OWN, home / "workflows"


def entries(folders: Folders, home: Path) -> list[WorkflowEntry]:
    """All of them; a name that a source has twice is listed once."""
    found: dict[tuple[str, str], WorkflowEntry] = {}
    for source, folder in sources(folders, home):
        paths = folder.rglob("*.json") if source == OWN else folder.glob("*.json")
        for path in sorted(path for path in paths if not path.name.startswith(".")):
            name = path.relative_to(folder).with_suffix("").as_posix()
            found.setdefault((source, name), _entry(source, name, path))
    return list(found.values())


def _entry(source: str, name: str, path: Path) -> WorkflowEntry:
    url = f"/api/v1/workflows/{quote(source, safe='')}/{quote(name)}"
    return {
        "source": source,
        "name": name,
        "title": name.rpartition("/")[2].replace("_", " ").replace("-", " "),
        "url": url,
        "picture": f"{url}/picture" if picture(path) is not None else None,
        "modified": path.stat().st_mtime,
    }


def find(folders: Folders, home: Path, source: str, name: str) -> Path | None:
    """The file of a workflow."""
    for known, folder in sources(folders, home):
        if known == source:
            try:
                path = inside(folder, f"{name}.json")
            except BadName:
                return None
            if path.is_file():
                return path
    return None


def picture(workflow: Path) -> Path | None:
    """The picture beside a workflow."""
    return next((path for ending in PICTURES if (path := workflow.with_suffix(ending)).is_file()), None)
