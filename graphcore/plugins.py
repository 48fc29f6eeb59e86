"""Finding packs: what is installed (entry points `graphcore.packs`). A broken pack is reported, never fatal."""

from __future__ import annotations

import importlib.metadata
import logging

from graphcore.pack import Pack, Registry

GROUP = "graphcore.packs"
log = logging.getLogger(__name__)


def installed(group: str = GROUP) -> Registry:
    """The registry of all installed packs, the built-in one first."""
    registry = Registry()
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
    return registry
