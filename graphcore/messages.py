"""The events of a run as the messages that the field's clients know, and as what its history keeps. No I/O.

Order for a node that is called: `progress_state`, `executing`, then as it reports `progress_state`, `progress`; then
`executed` if it shows something, and `progress_state`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from graphcore.errors import Cancelled, NodeFailed
from graphcore.events import (
    Event,
    NodeBlocked,
    NodeDone,
    NodePreview,
    NodeProgress,
    NodesCached,
    NodeShown,
    NodeStarted,
    RunDone,
    RunStarted,
)
from graphcore.reports import blocked_data, error_data, interrupted_data

Message = tuple[str, dict[str, Any]]


class Messages:
    """Translates the events of one run. `clock` gives seconds; messages carry milliseconds.

    `executed` are the ids of the nodes that were called and are done. What `progress_state` carries grows with the
    run, so a sender of thousands should leave some out; `progress_state()` gives it at any time.
    """

    def __init__(self, prompt_id: str, clock: Callable[[], float] = time.time):
        self.prompt_id, self._clock = prompt_id, clock
        self.executed: list[str] = []
        self.outputs: dict[str, Mapping[str, Any]] = {}
        self.meta: dict[str, dict[str, Any]] = {}
        self.status: dict[str, Any] = {"status_str": "", "completed": False, "messages": []}
        self._places: dict[str, tuple[str, str, str]] = {}  # id -> display, parent, root
        self._progress: dict[str, dict[str, Any]] = {}

    def of(self, event: Event) -> list[Message]:
        """The messages that tell a client of an event, in order. A preview is a binary frame, so none."""
        match event:
            case RunStarted():
                return [self._kept("execution_start", {})]
            case NodesCached():
                return [self._kept("execution_cached", {"nodes": list(event.nodes)})]
            case NodeStarted():
                return self._started(event)
            case NodeProgress():
                return self._progressed(event)
            case NodeShown():
                return [self._shown(event.node, event.display, event.ui)]
            case NodeDone():
                return self._done(event)
            case NodeBlocked():
                return [("execution_error", blocked_data(event, self.prompt_id, self.executed))]
            case RunDone():
                self.status |= {"status_str": "success", "completed": True}
                return [self._kept("execution_success", {})]
            case NodePreview():
                return []

    def failed(self, failure: NodeFailed) -> Message:
        """The message that tells of a failure."""
        self.status["status_str"] = "error"
        return self._stored("execution_error", error_data(failure, self.prompt_id, self._now()))

    def stopped(self, stop: Cancelled) -> Message:
        """The message that tells of an interrupt."""
        self.status["status_str"] = "error"
        return self._stored("execution_interrupted", interrupted_data(stop, self.prompt_id, self._now()))

    def progress_state(self) -> Message:
        """Where every node stands that was begun."""
        nodes = {id: dict(state) for id, state in self._progress.items()}
        return "progress_state", {"prompt_id": self.prompt_id, "nodes": nodes}

    def _started(self, event: NodeStarted) -> list[Message]:
        self._places[event.node] = event.display, event.parent, event.root
        self._state(event.node, 0, 1, "running")
        executing = {"node": event.node, "display_node": event.display, "prompt_id": self.prompt_id}
        return [self.progress_state(), ("executing", executing)]

    def _progressed(self, event: NodeProgress) -> list[Message]:
        value = min(event.value, event.total)
        self._state(event.node, value, event.total, "running")
        data = {"value": value, "max": event.total, "prompt_id": self.prompt_id, "node": event.node}
        return [self.progress_state(), ("progress", data)]

    def _done(self, event: NodeDone) -> list[Message]:
        if not event.cached:
            self.executed.append(event.node)
        self._places.setdefault(event.node, (event.display, "", event.node))
        most = self._progress.get(event.node, {"max": 1})["max"]
        self._state(event.node, most, most, "finished")
        shown = event.ui is not None or event.cached
        return [*([self._shown(event.node, event.display, event.ui)] if shown else []), self.progress_state()]

    def _shown(self, node: str, display: str, ui: Mapping[str, Any] | None) -> Message:
        if ui is not None:
            self.outputs[node] = ui
            self.meta[node] = {"node_id": node} | self._place(node, "display_node", "parent_node", "real_node_id")
        data = {"node": node, "display_node": display, "output": ui, "prompt_id": self.prompt_id}
        return "executed", data

    def _place(self, node: str, display: str, parent: str, root: str) -> dict[str, Any]:
        shown, above, real = self._places.get(node, (node, "", node))
        return {display: shown, parent: above or None, root: real}

    def _state(self, node: str, value: float, most: float, state: str) -> None:
        self._progress[node] = {
            "value": value,
            "max": most,
            "state": state,
            "node_id": node,
            "prompt_id": self.prompt_id,
        } | self._place(node, "display_node_id", "parent_node_id", "real_node_id")

    def _kept(self, kind: str, data: dict[str, Any]) -> Message:
        return self._stored(kind, {**data, "prompt_id": self.prompt_id, "timestamp": self._now()})

    def _stored(self, kind: str, data: dict[str, Any]) -> Message:
        self.status["messages"].append([kind, data])
        return kind, data

    def _now(self) -> int:
        return int(self._clock() * 1000)
