"""What is wrong, or worth knowing, about a pack before it is trusted: read off its files, never by running it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graphcore.errors import DeclarationError
from graphcore.packaging.isolation import isolation_of
from graphcore.packaging.requirements import collisions, required_by

SKIPPED = frozenset({".git", "__pycache__", ".venv", "venv", "node_modules", "tests"})
SLOW = 0.5  # seconds an import may take before it is worth a word
# Call -> what it does that a user should have agreed to.
CALLS = {
    "eval": "runs text as code",
    "exec": "runs text as code",
    "os.system": "starts programs",
    "os.popen": "starts programs",
    "subprocess.run": "starts programs",
    "subprocess.call": "starts programs",
    "subprocess.check_call": "starts programs",
    "subprocess.check_output": "starts programs",
    "subprocess.Popen": "starts programs",
    "pickle.load": "unpickles, which runs code from a file",
    "pickle.loads": "unpickles, which runs code from a file",
    "torch.load": "may unpickle, which runs code from a file",
    "socket.socket": "opens network connections",
    "urllib.request.urlopen": "opens network connections",
    "urllib.request.urlretrieve": "opens network connections",
    "requests.get": "opens network connections",
    "requests.post": "opens network connections",
    "shutil.rmtree": "deletes folders",
    "ctypes.CDLL": "loads foreign machine code",
}
LICENCES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "LICENCE.md", "LICENCE.txt", "COPYING")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing. `level`: 'error' (will not work), 'warning' (should be mended), 'note' (should be known)."""

    level: str
    text: str


def lint(pack: Path) -> list[Finding]:
    """Everything that its files tell."""
    found = [Finding("error", text) for text in _requirements(pack)] if pack.is_dir() else []
    if pack.is_dir():
        found += _papers(pack)
    for file in sources(pack):
        found += _of_file(file, file.relative_to(pack) if pack.is_dir() else Path(file.name))
    return found


def _requirements(pack: Path) -> list[str]:
    """What is wrong with its requirements; in an environment of its own it may have what it likes."""
    try:
        return [] if isolation_of(pack) == "env" else collisions(required_by(pack))
    except DeclarationError as error:
        return [f"The pack cannot be loaded: {error}"]


def sources(pack: Path) -> Iterator[Path]:
    """The Python files of a pack."""
    if pack.is_file():
        yield pack
        return
    for file in sorted(pack.rglob("*.py")):
        if file.is_file() and SKIPPED.isdisjoint(file.relative_to(pack).parts):
            yield file


def _papers(pack: Path) -> Iterator[Finding]:
    if not any((pack / name).is_file() for name in LICENCES):
        yield Finding("warning", "There is no licence file, so nobody may use the pack. Add a LICENSE.")
    if not any(path.name.lower().startswith("readme") for path in pack.iterdir()):
        yield Finding("warning", "There is no README; say what the nodes are for.")
    unpinned = [line for line in required_by(pack) if re.fullmatch(r"[A-Za-z0-9._-]+", line)]
    if unpinned:
        names = ", ".join(unpinned[:5])
        yield Finding("note", f"Requirements without a version ({names}): another release may break the pack.")


def _of_file(file: Path, place: Path) -> Iterator[Finding]:
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        yield Finding("error", f"{place}: {error}")
        return
    at_import = {id(node) for step in tree.body if not isinstance(step, DEFINED) for node in ast.walk(step)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in CALLS:
                when = ", while it is imported" if id(node) in at_import else ""
                yield Finding("note", f"{place}, line {node.lineno}: {name} {CALLS[name]}{when}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_node(node):
            if ast.get_docstring(node) is None:
                yield Finding(
                    "warning", f"{place}, line {node.lineno}: node {node.name} has no docstring to explain it."
                )
        elif isinstance(node, ast.ClassDef) and _is_class_node(node):
            yield from _of_class(node, place)


DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _is_node(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(decorator).partition("(")[0].endswith(".node") for decorator in node.decorator_list)


def _members(node: ast.ClassDef) -> set[str]:
    names = {step.name for step in node.body if isinstance(step, DEFINED)}
    assigned = (target for step in node.body if isinstance(step, ast.Assign) for target in step.targets)
    return names | {target.id for target in assigned if isinstance(target, ast.Name)}


def _is_class_node(node: ast.ClassDef) -> bool:
    return "INPUT_TYPES" in _members(node)


def _of_class(node: ast.ClassDef, place: Path) -> Iterator[Finding]:
    members = _members(node)
    if not node.bases:
        for name in ("RETURN_TYPES", "FUNCTION"):
            if name not in members:
                yield Finding("error", f"{place}, line {node.lineno}: class {node.name} has no {name}.")
    if "DESCRIPTION" not in members and ast.get_docstring(node) is None:
        yield Finding("note", f"{place}, line {node.lineno}: class {node.name} has no DESCRIPTION.")


def import_times(code: str) -> list[tuple[float, str]]:
    """(seconds, module) of the slowest imports that `code` makes in a process of its own, own time only."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=False, timeout=300
    )
    rows = re.findall(r"^import time:\s+(\d+) \|\s+\d+ \| *(\S+)$", done.stderr, re.MULTILINE)
    return sorted(((int(own) / 1e6, module) for own, module in rows), reverse=True)[:5]
