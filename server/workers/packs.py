"""The nodes of a worker: what is installed, and what the settings name beside it."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Sequence

from graphcore.folders import Folders
from graphcore.living import LivingRegistry
from graphcore.pack import Pack
from graphcore.plugins import installed

log = logging.getLogger(__name__)


def registry_of(names: Sequence[str], with_installed: bool, folders: Folders) -> LivingRegistry:
    """All packs, those in folders included; one that cannot be loaded is reported in the log and left out."""
    registry = installed(folders=folders) if with_installed else LivingRegistry()
    for name in names:
        pack = _load(name)
        if pack is not None:
            registry.add(pack)
    return registry


def _load(name: str) -> Pack | None:
    module, _, attribute = name.partition(":")
    try:
        pack = getattr(importlib.import_module(module), attribute or "pack")
    except Exception as error:  # noqa: BLE001 - a pack's own import; the others must still load
        log.warning("Pack '%s' cannot be loaded and is left out: %s: %s", name, type(error).__name__, error)
        return None
    if isinstance(pack, Pack):
        return pack
    log.warning("Pack '%s' is left out: it should name a graphcore.Pack, as 'module:attribute'.", name)
    return None
