"""Which node is being called: `comfy_execution.utils.get_executing_context` and its record."""

from __future__ import annotations

from typing import NamedTuple

from graphcore.calls import CURRENT


class ExecutionContext(NamedTuple):
    """The place of a call: the run, the node (maybe an inner one), and the call's number in list mapping."""

    prompt_id: str
    node_id: str
    list_index: int | None


def get_executing_context() -> ExecutionContext | None:
    """The call that this code is part of; None outside of any."""
    run = CURRENT.get()
    return None if run is None else ExecutionContext(run.job.id, run.node, run.call)
