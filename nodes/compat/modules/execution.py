"""`execution`: names of the reference's executor that packs import or wrap; Graphcore runs workflows by its own engine.

Wrapping them has no effect; calling most of them is refused.
"""

from __future__ import annotations

from typing import Any

from nodes.compat import graph_utils
from nodes.compat.modules.comfy_execution import graph
from nodes.compat.prompt_queue import PackQueue as PromptQueue
from nodes.compat.stubs import stub

__all__ = ["PromptQueue", "graph", "graph_utils"]

map_node_over_list = None
PromptExecutor = stub("execution.PromptExecutor")
validate_prompt = stub("execution.validate_prompt")
validate_inputs = stub("execution.validate_inputs")
get_input_data = stub("execution.get_input_data")
get_output_data = stub("execution.get_output_data")
recursive_execute = stub("execution.recursive_execute")


def full_type_name(klass: type[Any]) -> str:
    """`module.Class`, without the module for Python's own."""
    return klass.__qualname__ if klass.__module__ == "builtins" else f"{klass.__module__}.{klass.__qualname__}"
