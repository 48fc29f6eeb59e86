"""The modules that packs written for the reference expect: `comfy.utils`, `folder_paths`, ...

An import hook provides them once `install` was called: those that `nodes/compat/modules/` implements, and empty ones
for the others that `symbols.txt` lists. A name that is listed and not implemented is a stub.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
from collections.abc import Sequence
from functools import cache
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from nodes.compat.owners import current_pack
from nodes.compat.stubs import stub

IMPLEMENTED = "nodes.compat.modules."
log = logging.getLogger(__name__)

assignments: list[tuple[str, str]] = []
"""(pack, symbol) for everything that packs have put into these modules, in order."""


@cache
def listed() -> dict[str, frozenset[str]]:
    """Module -> the names that packs use of it."""
    text = Path(__file__).with_name("symbols.txt").read_text(encoding="utf-8")  # importlib.resources imports
    rows = (line.partition(":") for line in text.splitlines() if line and not line.startswith("#"))
    return {module: frozenset(names.split()) for module, _, names in rows}


@cache
def implementation(module: str) -> str | None:
    """The module of ours that stands for one of the reference's, if there is one."""
    name = IMPLEMENTED + module
    try:
        return name if importlib.util.find_spec(name) is not None else None
    except ModuleNotFoundError:
        return None


class ProvidedModule(ModuleType):
    """A module of the reference as packs see it. What packs assign works, and is noted with the pack's name."""

    def __getattr__(self, name: str) -> Any:
        spec = self.__dict__.get("__spec__")
        module = spec.name if spec is not None else self.__name__
        native = _native(module, name)
        if native is not None:
            return native
        if name not in listed().get(module, ()) and not _open(module, name):
            raise AttributeError(f"module '{module}' has no attribute '{name}'")
        found = self.__dict__[name] = stub(f"{module}.{name}")
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("__") and not isinstance(value, ModuleType):
            symbol = f"{self.__spec__.name if self.__spec__ else self.__name__}.{name}"
            pack = current_pack()
            if pack:
                assignments.append((pack, symbol))
                log.info("Pack '%s' replaces %s.", pack, symbol)
        super().__setattr__(name, value)
        changed = self.__dict__.get("assigned")
        if changed is not None:
            changed(name, value)


def _native(module: str, name: str) -> Any:
    """The class of a node of ours, where the reference keeps node classes."""
    if not module.startswith("comfy_extras.") or name.startswith("_"):
        return None
    table: dict[str, Any] = getattr(sys.modules.get(f"{IMPLEMENTED}nodes_answers"), "NODE_CLASS_MAPPINGS", {})
    return table.get(name)


def _open(module: str, name: str) -> bool:
    """Whether every name of a module is a stub: where nothing is implemented, nothing can be told apart either."""
    return not name.startswith("__") and implementation(module) is None and module not in PACKAGES


# Packages, where a name that is not there is a module that is not there.
PACKAGES = frozenset({"comfy", "comfy_extras", "comfy_api", "comfy_execution", "comfy.ldm", "comfy.text_encoders"})


class _Loader(Loader):
    """Makes one module, or hands out the one of ours that implements it."""

    def __init__(self, home: Path):
        self.home = home

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        ours = implementation(spec.name)
        module = importlib.import_module(ours) if ours is not None else ProvidedModule(spec.name)
        module.__class__ = ProvidedModule
        module.__dict__["__file__"] = place(self.home, spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is run: a module of ours has run already, and the others have no code.

        But those that ours has imported are seen by packs as attributes of their packages: they are provided too.
        """
        for name in [name.removeprefix(IMPLEMENTED) for name in sys.modules if name.startswith(IMPLEMENTED)]:
            if name in listed() and name not in sys.modules:
                importlib.import_module(name)


def place(home: Path, spec: ModuleSpec) -> str:
    """Where a module claims to lie: packs find the program's folder by it."""
    tail = f"{spec.name.replace('.', '/')}{'/__init__' if spec.submodule_search_locations is not None else ''}.py"
    return str(home / tail)


class Finder(MetaPathFinder):
    """Finds the modules that are listed."""

    def __init__(self, home: Path):
        self.loader = _Loader(home)

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        """The import system's question."""
        if name not in listed():
            return None
        return ModuleSpec(name, self.loader, is_package=any(other.startswith(name + ".") for other in listed()))


def install(home: Path) -> None:
    """Have these modules found from now on, ahead of anything else of their names. `home`: where they claim to lie."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Finder)]
    sys.meta_path.insert(0, Finder(home))
    for module in list(sys.modules.values()):
        if isinstance(module, ProvidedModule) and module.__spec__ is not None:
            module.__dict__["__file__"] = place(home, module.__spec__)
