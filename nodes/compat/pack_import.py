"""Importing one pack: its prestartup script, its module, and what that exports."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import logging
import sys
import tomllib
import traceback
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from graphcore.errors import DeclarationError
from graphcore.pack import Pack
from nodes.compat import installation, owners
from nodes.compat.pack_entries import Entry
from nodes.compat.program import as_program
from nodes.compat.schema.comfy_node import ComfyNode
from nodes.compat.schema.extension import ComfyExtension

log = logging.getLogger(__name__)

# Import name -> what installs it, where the two differ.
DISTRIBUTIONS = {
    "PIL": "Pillow", "cv2": "opencv-python-headless", "git": "GitPython", "skimage": "scikit-image",
    "sklearn": "scikit-learn", "yaml": "PyYAML",
}  # fmt: skip


@dataclass(slots=True)
class Exports:
    """What a pack adds: node classes and display names by id, folders of scripts by the name they are served under."""

    classes: dict[str, type[Any]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    web: dict[str, str] = field(default_factory=dict)
    packs: list[Pack] = field(default_factory=list)


class PackFailed(Exception):
    """A pack cannot be loaded; the text says why and what to do."""


def run_prestartup(entry: Entry) -> None:
    """Run a pack's `prestartup_script.py`, if it has one; what goes wrong there is only reported."""
    script = entry.path / "prestartup_script.py"
    if not (entry.path.is_dir() and script.is_file()):
        return
    try:
        _execute(f"{entry.module}.prestartup_script", script, entry, register=False)
    except (Exception, SystemExit):  # noqa: BLE001 - author code
        log.warning("The prestartup script of pack '%s' failed:\n%s", entry.name, traceback.format_exc())


def import_pack(entry: Entry) -> Exports:
    """Run the pack's code and read what it exports. PackFailed if that cannot be done."""
    owners.own(entry.path, entry.name)
    with owners.loading(entry.name):
        return _imported(entry)


def _imported(entry: Entry) -> Exports:
    try:
        if not entry.start.is_file():
            raise PackFailed(f"Pack '{entry.name}' has no __init__.py; {entry.path} is not a pack of nodes.")
        return _exports(_execute(entry.module, entry.start, entry), entry)
    except PackFailed:
        raise
    except (Exception, SystemExit) as error:
        log.debug("Pack '%s':\n%s", entry.name, traceback.format_exc())
        raise PackFailed(reason(entry, error)) from error


def _execute(name: str, file: Path, entry: Entry, register: bool = True) -> ModuleType:
    """Run a file as a module. What it prints goes to standard error: standard output belongs to the command."""
    folders = [str(entry.path)] if file.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=folders)
    if spec is None or spec.loader is None:
        raise PackFailed(f"Pack '{entry.name}': {file} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    if register:
        sys.modules[name] = module
    try:
        with redirect_stdout(sys.stderr), as_program(installation.current.folders.base):
            spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _exports(module: ModuleType, entry: Entry) -> Exports:
    exports = Exports(web=_web(module, entry))
    exports.packs = [value for value in vars(module).values() if isinstance(value, Pack)]
    classes = getattr(module, "NODE_CLASS_MAPPINGS", None)
    if classes is not None:
        exports.classes = dict(classes)
        exports.titles = dict(getattr(module, "NODE_DISPLAY_NAME_MAPPINGS", None) or {})
    elif callable(getattr(module, "comfy_entrypoint", None)):
        _read_extension(_settled(module.comfy_entrypoint()), exports, entry)
    elif not exports.packs:
        raise PackFailed(f"Pack '{entry.name}' has no NODE_CLASS_MAPPINGS, no comfy_entrypoint and no graphcore.Pack.")
    for kind in exports.classes.values():
        _mark(kind, entry)
    return exports


def _mark(kind: Any, entry: Entry) -> None:
    """Say on a class which pack it is from; a class that takes no attributes is a node all the same."""
    try:
        kind.RELATIVE_PYTHON_MODULE = f"custom_nodes.{entry.name}"
    except (AttributeError, TypeError) as error:
        log.debug("Class %r of pack '%s' takes no attributes: %s", kind, entry.name, error)


def _read_extension(extension: Any, exports: Exports, entry: Entry) -> None:
    if not isinstance(extension, ComfyExtension):
        raise PackFailed(
            f"Pack '{entry.name}': comfy_entrypoint returned {type(extension).__name__}; it should be a ComfyExtension."
        )
    _settled(extension.on_load())
    kinds = _settled(extension.get_node_list())
    if not isinstance(kinds, list):
        raise PackFailed(f"Pack '{entry.name}': get_node_list returned {type(kinds).__name__}; it should be a list.")
    for kind in kinds:
        if not (isinstance(kind, type) and issubclass(kind, ComfyNode)):
            raise PackFailed(f"Pack '{entry.name}': get_node_list holds {kind!r}, which is no io.ComfyNode class.")
        schema = kind.GET_SCHEMA()
        exports.classes[schema.node_id] = kind
        if schema.display_name:
            exports.titles[schema.node_id] = schema.display_name


def _settled(value: Any) -> Any:
    """The value itself, or what awaiting it gives; the thread may have a running loop of its own."""
    if not inspect.isawaitable(value):
        return value
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, _awaited(value)).result()


def _awaited(value: Any) -> Coroutine[Any, Any, Any]:
    async def wait() -> Any:
        return await value

    return wait()


def _web(module: ModuleType, entry: Entry) -> dict[str, str]:
    """Name -> folder of scripts, as the module and as the project file say."""
    if not entry.path.is_dir():
        return {}
    named = {entry.name: getattr(module, "WEB_DIRECTORY", None)}
    try:
        document = tomllib.loads((entry.path / "pyproject.toml").read_text(encoding="utf-8"))
        named[document["project"]["name"]] = document["tool"]["comfy"]["web"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.debug("Pack '%s' names no web folder in pyproject.toml: %s", entry.name, error)
    found = {name: entry.path / folder for name, folder in named.items() if isinstance(folder, str) and folder}
    return {name: str(folder.resolve()) for name, folder in found.items() if folder.is_dir()}


def reason(entry: Entry, error: BaseException) -> str:
    """Why a pack cannot be loaded, and what to do."""
    start = f"Pack '{entry.name}' cannot be loaded: "
    where = _place(entry, error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"{start}{where} imports '{error.name}', which is not there. {_remedy(entry, error.name)}"
    if isinstance(error, SyntaxError):
        return f"{start}{error.filename}, line {error.lineno}: {error.msg}. Fetch the pack again, or ask its author."
    if isinstance(error, SystemExit):
        return f"{start}{where} ends the program (exit code {error.code}). Ask its author."
    if isinstance(error, DeclarationError):
        return f"{start}{error}"
    return f"{start}{where} raises {type(error).__name__}: {error}"


def _place(entry: Entry, error: BaseException) -> str:
    steps = traceback.extract_tb(error.__traceback__)
    frames = [step for step in steps if step.filename.startswith(str(entry.path))]
    if not frames:
        return entry.start.name
    name = Path(frames[-1].filename)
    inside = name.relative_to(entry.path).as_posix() if entry.path.is_dir() else name.name
    return f"{inside}, line {frames[-1].lineno},"


def _remedy(entry: Entry, name: str) -> str:
    top = name.partition(".")[0]
    if top in ("comfy", "comfy_extras", "comfy_execution", "comfy_api", "comfy_api_nodes", "comfy_config", "app"):
        return "It is a part of the reference implementation that Graphcore does not have."
    if (entry.path / "requirements.txt").is_file():
        place = entry.path.parent
        base = f" --base-dir {place.parent}" if place.name == "custom_nodes" else ""
        return f"Install what the pack needs: graphcore packs add {entry.path}{base}"
    return f"Install it: pip install {DISTRIBUTIONS.get(top, top)}"
