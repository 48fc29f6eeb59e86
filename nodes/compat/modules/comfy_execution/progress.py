"""`comfy_execution.progress`: reporting how far a node is."""

from __future__ import annotations

from typing import Any

from graphcore.job import Run
from nodes.compat import installation


class ProgressHandler:
    """The base of what packs write to be told of progress."""

    def __init__(self, name: str):
        self.name, self.enabled = name, True

    def set_registry(self, registry: Any) -> None:
        """Be told whose progress it is."""

    def start_handler(self, node_id: str, state: Any, prompt_id: str) -> None:
        """A node starts."""

    def update_handler(
        self, node_id: str, value: float, max_value: float, state: Any, prompt_id: str, image: Any = None
    ) -> None:
        """A node is further."""

    def finish_handler(self, node_id: str, state: Any, prompt_id: str) -> None:
        """A node is done."""

    def reset(self) -> None:
        """A new run begins."""

    def enable(self) -> None:
        """Be told again."""
        self.enabled = True

    def disable(self) -> None:
        """Be told no more."""
        self.enabled = False


class ProgressRegistry:
    """Reports progress of the run that is going on."""

    def __init__(self) -> None:
        self.handlers: dict[str, ProgressHandler] = {}
        self.nodes: dict[str, dict[str, Any]] = {}

    @property
    def prompt_id(self) -> str:
        """The run."""
        return installation.calling().job.id

    @property
    def dynprompt(self) -> Any:
        """Its workflow."""
        return installation.calling().job.graph

    def register_handler(self, handler: ProgressHandler) -> None:
        """Tell a handler too."""
        self.handlers[handler.name] = handler
        handler.set_registry(self)

    def unregister_handler(self, handler_name: str) -> None:
        """Tell it no more."""
        self.handlers.pop(handler_name, None)

    def update_progress(self, node_id: str, value: float, max_value: float, image: Any = None) -> None:
        """Say how far a node is."""
        run = installation.calling()
        Run(run.job, node_id, run.call).progress(value, max_value)
        self.nodes[node_id] = state = {"state": "running", "value": value, "max": max_value}
        for handler in self.handlers.values():
            if handler.enabled:
                handler.update_handler(node_id, value, max_value, state, run.job.id, image)


_registry = ProgressRegistry()


def get_progress_state() -> ProgressRegistry:
    """Where progress is reported."""
    return _registry


def add_progress_handler(handler: ProgressHandler) -> None:
    """Have a handler told of the progress that packs report."""
    _registry.register_handler(handler)
