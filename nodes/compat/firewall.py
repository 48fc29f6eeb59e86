"""The modules that packs written for the reference expect: `comfy.utils`, `folder_paths`, ...

An import hook provides them once `install` was called: those that `nodes/compat/modules/` implements, and empty ones
for all others below the reference's top-level names. A name that is not implemented is a stub, unless whoever asks is
prepared not to find it (see `asking`); names in `symbols.txt`, which packs are known to use, always exist.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from nodes.compat import asking
from nodes.compat.owners import current_pack
from nodes.compat.plain import plain, starred
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
def implemented() -> dict[str, bool]:
    """The modules that are implemented, and whether each is a package."""
    root = Path(__file__).with_name("modules")
    found: dict[str, bool] = {}
    for file in root.rglob("*.py"):
        package = file.name == "__init__.py"
        place = file.parent if package else file.with_suffix("")
        if place != root and not place.name.endswith("_answers"):
            found[".".join(place.relative_to(root).parts)] = package
    return found


def implementation(module: str) -> str | None:
    """The module of ours that stands for one of the reference's, if there is one."""
    return IMPLEMENTED + module if module in implemented() else None


class ProvidedModule(ModuleType):
    """A module of the reference as packs see it. What packs assign works, and is noted with the pack's name."""

    def __getattr__(self, name: str) -> Any:
        spec = self.__dict__.get("__spec__")
        module = spec.name if spec is not None else self.__name__
        if name == "__all__":  # for `import *`
            public = (name for name in self.__dict__ if not name.startswith("_"))
            return sorted({*public, *listed().get(module, ()), *starred(module)})
        if name.startswith("__"):
            raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")
        native = _native(module, name)
        if native is not None:
            return native
        if known(f"{module}.{name}"):
            return importlib.import_module(f"{module}.{name}")
        if module not in OF_MODULES and name not in listed().get(module, ()) and (library := plain(name)) is not None:
            return library
        if name not in listed().get(module, ()) and (module in OF_MODULES or asking.carefully(sys._getframe(1))):
            raise AttributeError(f"module '{module}' has no attribute '{name}'")
        found = self.__dict__[name] = stub(f"{module}.{name}")
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        note_assignment(f"{self.__spec__.name if self.__spec__ else self.__name__}.{name}", value)
        super().__setattr__(name, value)
        changed = self.__dict__.get("assigned")
        if changed is not None:
            changed(name, value)


class AnsweringModule(ModuleType):
    """One of Graphcore's own packages that stands for a module of the reference of the same name."""

    def __getattr__(self, name: str) -> Any:
        if name == "__all__" and "_public" in self.__dict__:
            return sorted({*self.__dict__["_public"](), *starred(self.__name__)})
        raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        note_assignment(f"{self.__name__}.{name}", value)
        super().__setattr__(name, value)


def note_assignment(symbol: str, value: Any) -> None:
    """Note that a pack puts something of its own into a module."""
    if symbol.rpartition(".")[2].startswith("__") or isinstance(value, ModuleType):
        return
    pack = current_pack()
    if pack:
        assignments.append((pack, symbol))
        log.info("Pack '%s' replaces %s.", pack, symbol)


def answer_for(package: str, answer: Callable[[str], Any], public: Callable[[], Iterable[str]]) -> None:
    """Have one of Graphcore's own packages answer for the reference's module of that name, which is a stub beyond.

    `public` tells the names that `from PACKAGE import *` gives.
    """

    def complete(name: str) -> Any:
        try:
            return answer(name)
        except AttributeError:
            library = plain(name)
            if library is not None:
                return library
            if asking.reads_carefully(sys._getframe(2)):  # 1 is the package's own __getattr__
                raise
            return stub(f"{package}.{name}")

    module = importlib.import_module(package)
    module.__class__ = AnsweringModule
    module.__dict__["_answer"] = complete
    module.__dict__["_public"] = public


def known(module: str) -> bool:
    """Whether a module is implemented, or is one that packs import."""
    return module in listed() or implementation(module) is not None


def _native(module: str, name: str) -> Any:
    """The class of a node of ours, where the reference keeps node classes."""
    if not module.startswith("comfy_extras.") or name.startswith("_"):
        return None
    table: dict[str, Any] = getattr(sys.modules.get(f"{IMPLEMENTED}nodes_answers"), "NODE_CLASS_MAPPINGS", {})
    return table.get(name)


# Top-level names whose every submodule can be imported. Those of the second kind are words that packs use for folders
# of their own too, so they are provided only where nothing else of the name is found.
TOPS = ("comfy", "comfy_extras", "comfy_execution", "comfy_api", "comfy_api_nodes", "comfy_config")
OF_MODULES = frozenset({"comfy_extras"})  # packages that hold modules only: what is asked of them is one
COMMON_TOPS = ("app", "utils", "api_server", "middleware", "alembic_db", "cuda_malloc", "new_updater", "main")


class _Loader(Loader):
    """Makes one module, or hands out the one of ours that implements it."""

    def __init__(self, home: Path):
        self.home = home

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        ours = implementation(spec.name)
        module = importlib.import_module(ours) if ours is not None else ProvidedModule(spec.name)
        module.__class__ = ProvidedModule
        module.__dict__["__file__"] = place(self.home, spec)
        module.__dict__.pop("__all__", None)  # it is told when it is asked for
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is run: a module of ours has run already, and the others have no code.

        But those that ours has imported are seen by packs as attributes of their packages: they are provided too.
        """
        for name in [name.removeprefix(IMPLEMENTED) for name in sys.modules if name.startswith(IMPLEMENTED)]:
            if known(name) and name not in sys.modules:
                importlib.import_module(name)


def place(home: Path, spec: ModuleSpec) -> str:
    """Where a module claims to lie: packs find the program's folder by it."""
    tail = f"{spec.name.replace('.', '/')}{'/__init__' if spec.submodule_search_locations is not None else ''}.py"
    return str(home / tail)


class Finder(MetaPathFinder):
    """Finds the modules of the reference: those that are known, and every other one below `tops`.

    `packs` are the folders that packs lie in, by which they import each other: `from custom_nodes.other import thing`.
    """

    def __init__(self, home: Path, tops: Collection[str], packs: Sequence[Path] = ()):
        self.loader, self.tops, self.packs = _Loader(home), tops, packs

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        """The import system's question."""
        if name == "custom_nodes" and self.packs:
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [str(folder) for folder in self.packs]
            return spec
        sure = self.tops is TOPS and known(name)
        if not sure and (name.partition(".")[0] not in self.tops or asking.imports_carefully(asking.importer())):
            return None
        return ModuleSpec(name, self.loader, is_package=_is_package(name))


def _is_package(name: str) -> bool:
    """Whether a module may have further ones in it: any may, where nothing is known of it."""
    if any(other.startswith(name + ".") for other in listed()):
        return True
    if name in implemented():
        return implemented()[name]
    return not listed().get(name)


def install(home: Path, packs: Sequence[Path] = ()) -> None:
    """Have these modules found from now on, ahead of anything else of their names.

    `home`: where they claim to lie; `packs`: the folders of custom nodes.
    """
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Finder)]
    sys.meta_path.insert(0, Finder(home, TOPS, packs))
    sys.modules.pop("custom_nodes", None)
    sys.meta_path.append(Finder(home, COMMON_TOPS))
    for module in list(sys.modules.values()):
        if isinstance(module, ProvidedModule) and module.__spec__ is not None:
            module.__dict__["__file__"] = place(home, module.__spec__)
