"""Model files as clients list them. Blocking. Nothing is loaded: of a file only its header is read."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

from graphcore.errors import ModelError
from graphcore.folders import Folders
from server.storage import BadName, inside

HIDDEN_KINDS = ("custom_nodes",)
PLAIN_KINDS = ("configs", *HIDDEN_KINDS)  # not what the model browser shows
LARGEST_HEADER = 2**20  # bytes
SIDECARS = (".preview.png", ".png", ".preview.jpg", ".jpg", ".preview.jpeg", ".jpeg", ".preview.webp", ".webp")


def kinds(folders: Folders) -> list[str]:
    """The kinds of model files."""
    return [kind for kind in folders.kinds if kind not in HIDDEN_KINDS]


def browsed(folders: Folders) -> list[dict[str, Any]]:
    """The kinds with their folders."""
    return [
        {"name": kind, "folders": [str(root) for root in folders.roots(kind)]}
        for kind in folders.kinds
        if kind not in PLAIN_KINDS
    ]


def details(folders: Folders, kind: str) -> list[dict[str, Any]]:
    """Every file of a kind, with the number of the folder it is in. KeyError for an unknown kind."""
    names = set(folders.names(kind))
    found = []
    for index, root in enumerate(folders.roots(kind)):
        for name in sorted(names):
            if (root / name).is_file() and not any(part.startswith(".") for part in Path(name).parts):
                stat = (root / name).stat()
                facts = {"modified": stat.st_mtime, "created": stat.st_ctime, "size": stat.st_size}
                found.append({"name": name, "pathIndex": index, **facts})
    return found


def header_texts(path: Path) -> dict[str, Any] | None:
    """The metadata of a safetensors file; None where there is none, or its header is not sane."""
    if path.suffix.lower() != ".safetensors":
        return None
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(size)) if 0 < size <= LARGEST_HEADER else None
    except (OSError, ValueError, RecursionError):
        return None
    found = header.get("__metadata__") if isinstance(header, dict) else None
    return found if isinstance(found, dict) and found else None


def metadata(folders: Folders, kind: str, name: str) -> dict[str, Any] | None:
    """The metadata of a model file; None where there is none, or no such file."""
    try:
        return header_texts(folders.find(kind, name))
    except (KeyError, ModelError):
        return None


def picture(folders: Folders, kind: str, index: int, name: str) -> Path | bytes | None:
    """The picture of a model: one that lies beside it, or one that its header carries."""
    try:
        root = folders.roots(kind)[index]
        path = root / Path(inside(Path("/"), name)).relative_to("/")
    except (KeyError, IndexError, BadName):
        return None
    return sidecar(path) or (_embedded(header_texts(path) or {}) if path.is_file() else None)


def picture_of(folders: Folders, kind: str, name: str) -> Path | bytes | None:
    """The same for a name as nodes take it. KeyError for an unknown kind, ModelError if there is no such file."""
    path = folders.find(kind, name)
    return sidecar(path) or _embedded(header_texts(path) or {})


def sidecar(path: Path) -> Path | None:
    """The picture that lies beside a model file, or the file itself if it is one."""
    stem = Path(os.path.splitext(path)[0])
    beside = [stem.with_name(stem.name + ending) for ending in SIDECARS]
    own = [path] if path.suffix.lower() in SIDECARS else []
    return next((found for found in [*beside, *own] if found.is_file()), None)


def _embedded(texts: dict[str, Any]) -> bytes | None:
    """The picture in a header: `ssmd_cover_images`, a JSON list of base64, or `modelspec.thumbnail`, a data URL."""
    try:
        covers = json.loads(texts.get("ssmd_cover_images") or "[]")
        encoded = covers[0] if covers else str(texts.get("modelspec.thumbnail") or "").partition("base64,")[2]
        return base64.b64decode(encoded, validate=True) if encoded else None
    except (ValueError, TypeError, KeyError, RecursionError):  # damaged base64 is a ValueError
        return None
