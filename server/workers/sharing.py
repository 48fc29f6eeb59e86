"""What a worker has to do with others where they pass files on through a store: copies, numbers, results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from graphcore.cache import Cache, MemoryCache
from graphcore.disk_cache import TieredCache
from graphcore.folders import AREAS, Folders
from graphcore.pack import Registry
from graphcore.workflow.environment import environment
from server.sharing.mirror import Mirror
from server.sharing.numbers import Numbers
from server.sharing.results import SharedResults
from server.sharing.store import FileStore
from server.workers.areas import UserFolders


def mirror_of(store: FileStore, folders: Folders) -> Mirror:
    """The folders as copies of what a store has; from now on they number and identify files as all workers do."""
    roots = folders.shared if isinstance(folders, UserFolders) else {area: folders.area(area) for area in AREAS}
    mirror = Mirror(store, roots)
    folders.free_number = Numbers(mirror).free

    def identify(path: Path) -> list[Any]:
        return ["sha256", mirror.digests.of(path).digest]  # where it lies, and since when, differs between workers

    folders.identify = identify
    return mirror


def cache_of(mirror: Mirror | None, registry: Registry) -> Cache:
    """Results in memory, and with a store those of other workers too."""
    memory = MemoryCache()
    if mirror is None:
        return memory
    return TieredCache(
        memory, SharedResults(mirror.store, registry.codec(), lambda: json.dumps(sorted(environment(registry).items())))
    )
