"""Whether code that asks for something of the reference is prepared not to find it.

Such code is told the truth: `hasattr(module, "x")`, and an import in a `try` whose handler goes on without it. Other
code is written for a program that has the thing, so it is given a stand-in, and only the nodes that use it fail.
"""

from __future__ import annotations

import ast
import dis
import linecache
import sys
from functools import lru_cache
from types import FrameType

OWN = ("<frozen importlib", "<frozen zipimport")
EXPECTED = frozenset({"ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException"})
PROBES = ("importlib/util.py", "importlib\\util.py", "pkgutil.py")
Lines = tuple[range, ...]


def importer() -> FrameType | None:
    """The code whose import statement is being carried out."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (frame.f_code.co_filename.startswith(OWN) or _is_ours(frame)):
        frame = frame.f_back
    if frame is not None and frame.f_code.co_filename.replace("\\", "/").endswith("importlib/__init__.py"):
        frame = frame.f_back
    return frame


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")) in ("nodes.compat.firewall", "nodes.compat.asking")


def imports_carefully(frame: FrameType | None) -> bool:
    """Whether an import that fails here is provided for."""
    if frame is None:
        return False
    return frame.f_code.co_filename.endswith(PROBES) or _is_covered(frame)


def carefully(frame: FrameType) -> bool:
    """Whether whoever reads an attribute, or imports it by `from ... import`, is prepared not to find it."""
    if frame.f_code.co_filename.startswith(OWN):
        return imports_carefully(importer())
    return reads_carefully(frame)


def reads_carefully(frame: FrameType) -> bool:
    """Whether an attribute that is missing here is provided for: it is asked for by a call, or in such a `try`."""
    operation = dis.opname[frame.f_code.co_code[frame.f_lasti]]
    return operation.startswith(("CALL", "PRECALL")) or _is_covered(frame)


def _is_covered(frame: FrameType) -> bool:
    return any(frame.f_lineno in lines for lines in covered(frame.f_code.co_filename))


@lru_cache(maxsize=512)
def covered(file: str) -> Lines:
    """The lines inside a `try` that catches missing things and goes on."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError, RecursionError):
        return ()
    return tuple(
        range(node.body[0].lineno, (node.body[-1].end_lineno or node.body[-1].lineno) + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.Try) and any(_goes_on(handler) for handler in node.handlers)
    )


def _goes_on(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {getattr(kind, "id", getattr(kind, "attr", None)) for kind in kinds if kind is not None}
    if handler.type is not None and EXPECTED.isdisjoint(names):
        return False
    return not any(isinstance(step, ast.Raise) for child in handler.body for step in ast.walk(child))
