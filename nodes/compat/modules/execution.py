"""`execution`: names of the reference's executor that packs import or wrap; Graphcore runs workflows by its own engine.

Wrapping them has no effect; calling most of them is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from graphcore.reports import validation_report
from graphcore.validate import validate
from nodes.compat import graph_utils, installation
from nodes.compat.class_nodes import ClassNodes
from nodes.compat.modules import nodes_answers
from nodes.compat.modules.comfy_execution import graph
from nodes.compat.prompt_queue import PackQueue as PromptQueue
from nodes.compat.stubs import stub

__all__ = ["PromptQueue", "graph", "graph_utils"]

map_node_over_list = None
PromptExecutor = stub("execution.PromptExecutor")
validate_inputs = stub("execution.validate_inputs")
get_input_data = stub("execution.get_input_data")
get_output_data = stub("execution.get_output_data")
recursive_execute = stub("execution.recursive_execute")


def full_type_name(klass: type[Any]) -> str:
    """`module.Class`, without the module for Python's own."""
    return klass.__qualname__ if klass.__module__ == "builtins" else f"{klass.__module__}.{klass.__qualname__}"


async def validate_prompt(
    prompt_id: Any, prompt: Mapping[str, Any] | None = None, partial_execution_list: Iterable[str] | None = None
) -> tuple[bool, Any, list[str], dict[str, Any]]:
    """(whether something can run, the error, the sound outputs, errors by node) of a workflow in the API's form.

    Older callers leave out the id.
    """
    described = prompt_id if prompt is None else prompt
    known = ClassNodes(nodes_answers.NODE_CLASS_MAPPINGS, nodes_answers.NODE_DISPLAY_NAME_MAPPINGS)
    checked = await asyncio.to_thread(validate, described, known, installation.current.folders, partial_execution_list)
    report = validation_report(checked)
    return bool(checked.outputs), report.error, list(checked.outputs), report.node_errors
