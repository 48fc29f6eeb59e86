"""What custom nodes bring for the browser: scripts, translations, example workflows. Read from their files; no code of
theirs runs here.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from graphcore.folders import Folders
from server.documents import PackDocument
from server.storage import BadName, inside

EXAMPLES = ("example_workflows", "example", "examples", "workflow", "workflows")
TRANSLATIONS = (("main", None), ("nodeDefs", "nodeDefs"), ("commands", "commands"), ("settings", "settings"))


def packs(folders: Folders) -> Iterator[Path]:
    """The folders of custom nodes, by name; those that are not to be loaded, or that no URL can name, are not there."""
    only = folders.only_packs
    for root in folders.roots("custom_nodes"):
        if root.is_dir():
            found = sorted(path for path in root.iterdir() if path.is_dir() and path.name.isprintable())
            kept = (path for path in found if not path.name.endswith(".disabled") and path.name != "__pycache__")
            yield from (path for path in kept if only is None or path.name in only)


def web_folders(folders: Folders) -> dict[str, Path]:
    """Name -> folder of scripts: what `WEB_DIRECTORY` says, and what the pack's pyproject.toml says."""
    found: dict[str, Path] = {}
    for pack in packs(folders):
        named = {pack.name: _web_directory(pack), **_web_of_project(pack)}
        for name, folder in named.items():
            try:
                path = inside(pack, folder) if folder else None
            except BadName:
                continue
            if path is not None and path.is_dir():
                found.setdefault(name, path)
    return found


def _web_directory(pack: Path) -> str | None:
    """The text that `__init__.py` assigns to WEB_DIRECTORY at its top level; other expressions would have to be run."""
    try:
        tree = ast.parse((pack / "__init__.py").read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError, RecursionError):
        return None
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and _names(node) == ["WEB_DIRECTORY"]:
            return str(node.value.value or "") or None
    return None


def _names(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]


def _web_of_project(pack: Path) -> dict[str, str]:
    try:
        document = tomllib.loads((pack / "pyproject.toml").read_text(encoding="utf-8"))
        name, folder = document["project"]["name"], document["tool"]["comfy"]["web"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {name: folder} if isinstance(name, str) and isinstance(folder, str) else {}


def scripts(folders: Folders, web_root: Path) -> list[str]:
    """URL paths of every script: the editor's own extensions first, then those of packs."""
    own = sorted((web_root / "extensions").rglob("*.js"))
    found = ["/" + quote(path.relative_to(web_root).as_posix()) for path in own]
    return found + [url for name, folder in web_folders(folders).items() for url in _scripts(name, folder)]


def _scripts(name: str, folder: Path) -> list[str]:
    paths = sorted(path for path in folder.rglob("*.js") if path.is_file())
    return [f"/extensions/{quote(name, safe='')}/{quote(path.relative_to(folder).as_posix())}" for path in paths]


def translations(folders: Folders) -> dict[str, Any]:
    """Language -> what packs translate, merged in the order of their names."""
    found: dict[str, Any] = {}
    for pack in packs(folders):
        locales = pack / "locales"
        for folder in sorted(path for path in locales.iterdir() if path.is_dir()) if locales.is_dir() else ():
            texts: dict[str, Any] = {}
            for file, section in TRANSLATIONS:
                document = _read_json(folder / f"{file}.json")
                if isinstance(document, dict):
                    texts = merge(texts, {section: document} if section else document)
            if texts:
                found[folder.name] = merge(found.get(folder.name, {}), texts)
    return found


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def merge(one: Any, other: Any) -> Any:
    """Two JSON values as one: objects deeply, lists after each other, else the other."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {**one, **{key: merge(one[key], value) if key in one else value for key, value in other.items()}}
    if isinstance(one, list) and isinstance(other, list):
        return [*one, *other]
    return other


def templates(folders: Folders) -> dict[str, list[str]]:
    """Pack -> names of its example workflows."""
    found = {}
    for pack in packs(folders):
        names = [path.stem for folder in EXAMPLES for path in sorted((pack / folder).glob("*.json"))]
        if names:
            found[pack.name] = names
    return found


def template(folders: Folders, pack: str, filename: str) -> Path | None:
    """A file among the example workflows of a pack: a workflow, or its picture."""
    for root in (path for path in packs(folders) if path.name == pack):
        for folder in EXAMPLES:
            try:
                path = inside(root / folder, filename)
            except BadName:
                return None
            if path.is_file():
                return path
    return None


LITERAL = re.compile(r"""["'](/[^"'\s]*)["']""")


def may_handle(folders: Folders, path: str) -> bool:
    """Whether the code of a pack speaks of paths that begin like this one: only then is it worth to load it."""
    return _first_part(path) in _spoken_of(tuple(folders.roots("custom_nodes")))


def may_rewrite(folders: Folders) -> bool:
    """Whether the code of a pack wants to see submitted workflows: only then is it worth to load it for one."""
    return any("add_on_prompt_handler" in text for text in _serving(tuple(folders.roots("custom_nodes"))))


def _first_part(path: str) -> str:
    return path.removeprefix("/api/").lstrip("/").partition("/")[0]


@lru_cache(4)
def _spoken_of(roots: tuple[Path, ...]) -> frozenset[str]:
    """The first parts of the paths in the files that mention a server."""
    return frozenset({_first_part(path) for text in _serving(roots) for path in LITERAL.findall(text)} - {""})


@lru_cache(4)
def _serving(roots: tuple[Path, ...]) -> tuple[str, ...]:
    """The files that mention a server. Packs are found once, as workers do."""
    found = []
    for root in roots:
        for file in sorted(root.rglob("*.py")) if root.is_dir() else ():
            try:
                text = file.read_text(encoding="utf-8")
            except (OSError, ValueError):
                continue
            if "PromptServer" in text:
                found.append(text)
    return tuple(found)


def described(folders: Folders, nodes: Mapping[str, Mapping[str, Any]]) -> list[PackDocument]:
    """The built-in nodes and every pack in a folder; `nodes` is the catalogue."""
    by_module: dict[str, list[str]] = {}
    for name, entry in nodes.items():
        by_module.setdefault(str(entry.get("python_module", "")), []).append(name)
    webs, examples = web_folders(folders), templates(folders)
    found = [_described(pack, by_module, webs, examples.get(pack.name, [])) for pack in packs(folders)]
    known = {pack["module"] for pack in found}
    others = sorted(module for module in by_module if module not in known)
    return [*(_installed(module, by_module[module]) for module in others), *found]


def _described(
    pack: Path, by_module: Mapping[str, list[str]], webs: Mapping[str, Path], examples: list[str]
) -> PackDocument:
    project = _project(pack)
    version = project.get("version")
    names = {pack.name, str(project.get("name"))}
    module = f"custom_nodes.{pack.name}"
    return {
        "name": pack.name,
        "module": module,
        "version": version if isinstance(version, str) else None,
        "nodes": sorted(by_module.get(module, [])),
        "scripts": [url for name in sorted(names & webs.keys()) for url in _scripts(name, webs[name])],
        "templates": examples,
    }


def _installed(module: str, nodes: list[str]) -> PackDocument:
    return {"name": module, "module": module, "version": None, "nodes": sorted(nodes), "scripts": [], "templates": []}


def _project(pack: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads((pack / "pyproject.toml").read_text(encoding="utf-8")).get("project")
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
