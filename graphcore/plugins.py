"""Finding packs: what is installed (entry points `graphcore.packs`), and what loaders find in folders (entry points
`graphcore.loaders`). A broken pack is reported, never fatal. Model files that are installed as packages are found too
(entry points `graphcore.models`, each naming a folder that is laid out as a `models/` folder).

A loader is a function `load(folders, native)` that gives further nodes as a `living.Source`; `native` are the nodes of
the installed packs. It must cost next to nothing before one of its nodes is asked for.
"""

from __future__ import annotations

import importlib.metadata
import logging
from typing import Any

from graphcore.errors import UserError
from graphcore.folders import Folders
from graphcore.living import LivingRegistry
from graphcore.pack import Pack, Registry

GROUP = "graphcore.packs"
LOADERS = "graphcore.loaders"
MODELS = "graphcore.models"
SPREADERS = "graphcore.spreaders"
log = logging.getLogger(__name__)


def installed(group: str = GROUP, folders: Folders | None = None) -> LivingRegistry:
    """The registry of all installed packs, the built-in one first; with `folders`, of the packs in them too."""
    registry = LivingRegistry()
    points = importlib.metadata.entry_points(group=group)
    for point in sorted(points, key=lambda point: (point.name != "graphcore", point.name)):
        try:
            pack = point.load()
        except Exception as error:  # noqa: BLE001 - a pack's own import; the others must still load
            log.warning("Pack '%s' cannot be loaded and is left out: %s: %s", point.name, type(error).__name__, error)
            continue
        if not isinstance(pack, Pack):
            log.warning("Pack '%s' is left out: '%s' should name a graphcore.Pack.", point.name, point.value)
            continue
        registry.add(pack)
    for clash in registry.clashes:
        log.warning(clash)
    if folders is not None:
        add_folders(registry, folders)
    return registry


def add_folders(registry: LivingRegistry, folders: Folders) -> None:
    """Put the packs that lie in folders behind those of a registry."""
    native = Registry(*registry.packs.values())
    for point in importlib.metadata.entry_points(group=LOADERS):
        try:
            registry.sources.append(point.load()(folders, native))
        except Exception as error:  # noqa: BLE001 - somebody's loader; everything else must still work
            log.warning("The loader '%s' is left out: %s: %s", point.name, type(error).__name__, error)


def spreader(place: str) -> Any:
    """What spreads runs over workers at a place: the entry point `graphcore.spreaders` that its scheme names, a
    function (place, count, points, engine, told, token) -> results. UserError where there is none.
    """
    scheme = place.partition(":")[0]
    for point in importlib.metadata.entry_points(group=SPREADERS, name=scheme):
        return point.load()
    known = ", ".join(sorted(point.name for point in importlib.metadata.entry_points(group=SPREADERS))) or "none"
    raise UserError(f"'{place}' is no place for workers; there is {known}.")


def with_shipped_models(folders: Folders) -> Folders:
    """The folders, with installed model files behind the user's own: a file of the same name in `models/` wins."""
    for point in importlib.metadata.entry_points(group=MODELS):
        folders.add_models(point.load())
    return folders
