"""A folder of custom nodes with packs of ours in it, and an engine that finds them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graphcore import Engine, Folders
from graphcore.living import LivingRegistry
from nodes.builtin import names
from nodes.builtin import pack as builtin
from nodes.compat.firewall import Finder
from nodes.compat.loader import FolderPacks, load

PACKS = Path(__file__).parents[2] / "packs"


class Base:
    """A base directory; `start` is a new look at it, as by another process."""

    def __init__(self, path: Path):
        self.path = path
        self.folders = Folders(path)

    def add(self, *names: str) -> None:
        for name in names:
            source, target = PACKS / name, self.path / "custom_nodes" / name
            target.parent.mkdir(exist_ok=True)
            shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)

    def start(self) -> tuple[Engine, FolderPacks]:
        registry = LivingRegistry()
        registry.add(builtin)
        packs = load(self.folders, builtin.nodes)
        registry.sources.append(packs)
        return Engine(registry, self.folders), packs


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Base]]:
    """`base("pack", ...)`: a base directory with these packs of tests/packs."""
    monkeypatch.setattr(names, "before_listing", None)

    def make(*packs: str) -> Base:
        found = Base(tmp_path)
        found.add(*packs)
        return found

    before = list(sys.path)
    yield make
    sys.path[:] = before
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Finder)]
    for name in ("nodes", "server"):
        if name in sys.modules:
            sys.modules[name].__dict__["_answer"] = None
