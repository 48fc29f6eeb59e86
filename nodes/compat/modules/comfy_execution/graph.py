"""`comfy_execution.graph`."""

from __future__ import annotations

from typing import Any

from graphcore.dynamic import DynamicPrompt
from graphcore.node import Blocker as ExecutionBlocker
from nodes.compat.graph_utils import is_link
from nodes.compat.stubs import stub

__all__ = ["DynamicPrompt", "ExecutionBlocker", "is_link"]

ExecutionList = stub("comfy_execution.graph.ExecutionList")
TopologicalSort = stub("comfy_execution.graph.TopologicalSort")


class DependencyCycleError(Exception):
    """A workflow has a cycle."""


class NodeInputError(Exception):
    """An input is not there, or wrong."""


class NodeNotFoundError(Exception):
    """There is no such node."""


def get_input_info(
    class_def: Any, input_name: str, valid_inputs: Any = None
) -> tuple[Any, str | None, dict[str, Any] | None]:
    """(type, section, options) of a declared input; (None, None, None) if there is no such input."""
    types = valid_inputs or class_def.INPUT_TYPES()
    for section in ("required", "optional", "hidden"):
        if section in types and input_name in types[section]:
            found = types[section][input_name]
            parts = (found,) if isinstance(found, str) else tuple(found)
            return parts[0], section, parts[1] if len(parts) > 1 else {}
    return None, None, None
