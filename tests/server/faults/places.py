"""Where the server writes to the disk, read off its code, so that no such place is forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
# what opens or changes files: by the last part of the name, and by the whole of it
LAST = {"write_bytes", "write_text", "mkdir", "mkstemp", "copyfile", "makedirs", "touch"}
WHOLE = {"os.replace", "os.rename", "os.open", "os.link", "os.fsync", "sqlite3.connect"}
WHOLE |= {"self._connection.begin", "logging.StreamHandler", "print"}  # transactions, logs, standard output
MODES = set("wax+")


def places() -> set[str]:
    """`file.py:function` of every call in server/ that may write to a disk."""
    found = set()
    for path in sorted((ROOT / "server").rglob("*.py")):
        if "migrations" in path.parts:
            continue  # within a transaction of the store's
        for name, call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            if writes(call):
                found.add(f"{path.relative_to(ROOT / 'server').as_posix()}:{name}")
    return found


def calls(tree: ast.AST, name: str = "") -> Iterator[tuple[str, ast.Call]]:
    """(the function that it stands in, call), of all calls."""
    for child in ast.iter_child_nodes(tree):
        inner = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else name
        if isinstance(child, ast.Call):
            yield name, child
        yield from calls(child, inner)


def writes(call: ast.Call) -> bool:
    """Whether a call may write."""
    name = ast.unparse(call.func)
    last = name.rpartition(".")[2]
    return name in WHOLE or last in LAST or (last == "open" and any(map(is_mode, ast.walk(call))))


def is_mode(node: ast.AST) -> bool:
    """Whether an argument opens a file for writing."""
    mode = node.value if isinstance(node, ast.Constant) else None
    return isinstance(mode, str) and bool(set(mode) & MODES) and set(mode) <= MODES | set("bt")
