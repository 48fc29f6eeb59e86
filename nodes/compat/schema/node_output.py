"""`NodeOutput`: what a schema-style node returns, and how the looser forms become one."""

from __future__ import annotations

from typing import Any

from graphcore.node import Blocker


class NodeOutput:
    """Output values, what to show, a graph to run in the node's place, or the reason why nothing may go on."""

    def __init__(
        self,
        *args: Any,
        ui: Any = None,
        expand: dict[str, Any] | None = None,
        block_execution: str | None = None,
    ):
        self.args, self.ui, self.expand, self.block_execution = args, ui, expand, block_execution

    @property
    def result(self) -> tuple[Any, ...] | None:
        """The output values; None if there are none."""
        return self.args or None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> NodeOutput:
        """From the V1 form: `{"result": ..., "ui": ..., "expand": ...}`."""
        result = data.get("result")
        if isinstance(result, Blocker):
            return cls(result, ui=data.get("ui"), expand=data.get("expand"))
        return cls(*(result or ()), ui=data.get("ui"), expand=data.get("expand"))

    def __getitem__(self, index: int) -> Any:
        return self.args[index]


def normalised(result: Any, node: str) -> NodeOutput:
    """What an `execute` returned, as NodeOutput. TypeError for anything that is not a form of it."""
    if result is None:
        return NodeOutput()
    if isinstance(result, NodeOutput):
        return result
    if isinstance(result, tuple):
        return NodeOutput(*result)
    if isinstance(result, Blocker):
        return NodeOutput(result)
    if isinstance(result, dict) and not {"result", "ui", "expand"}.isdisjoint(result):
        return NodeOutput.from_dict(result)
    raise TypeError(f"{node}.execute returned {type(result).__name__}; return io.NodeOutput(...) or a tuple.")
