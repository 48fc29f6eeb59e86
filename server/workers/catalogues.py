"""The node catalogue on disk, by fingerprint of what it was made from: the editor opens before the worker is ready."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import tempfile
from pathlib import Path

from graphcore.plugins import GROUP
from server.workers.protocol import CatalogueText
from server.workers.settings import WorkerSettings

KEPT = 4  # catalogues; older ones are removed


def fingerprint(settings: WorkerSettings) -> str:
    """Changes when a pack is installed, removed or gets another version, or a custom node appears or changes."""
    points = importlib.metadata.entry_points(group=GROUP) if settings.installed else ()
    known = sorted((point.name, point.value, point.dist.version if point.dist else "") for point in points)
    custom = settings.folders().roots("custom_nodes")
    found = sorted((str(path), path.stat().st_mtime_ns) for root in custom if root.is_dir() for path in root.iterdir())
    return hashlib.sha256(json.dumps([known, list(settings.packs), found]).encode()).hexdigest()[:32]


class CatalogueFile:
    """The catalogues that are kept in a folder."""

    def __init__(self, folder: Path):
        self.folder = folder

    def read(self, fingerprint: str) -> CatalogueText | None:
        """The catalogue of a fingerprint, if it was kept and is whole."""
        try:
            body = self._path(fingerprint).read_bytes()
            json.loads(body)
        except (OSError, ValueError):
            return None
        return CatalogueText(fingerprint, body)

    def write(self, catalogue: CatalogueText) -> None:
        """Keep a catalogue. A reader sees the old or the new one, never half of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.folder, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(catalogue.body)
            os.replace(name, self._path(catalogue.fingerprint))
        except OSError:
            os.unlink(name)
            raise
        files = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[KEPT:]:
            with contextlib.suppress(FileNotFoundError):  # another server may have been quicker
                path.unlink()

    def _path(self, fingerprint: str) -> Path:
        return self.folder / f"{fingerprint}.json"
