"""From the engine's events to the messages of the field's dialect. One narrator tells one job."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphcore import reports
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
from server.workers.pictures import is_result
from server.workers.protocol import Said

SMALL = 64  # nodes; the map of a larger graph, which every change sends whole, is sent at intervals
INTERVAL = 0.1  # seconds between such maps, and between previews


class Narrator:
    """Gives, for each event, what clients are told; remembers what history shows.

    `outputs`: node -> what it showed; `meta`: node -> where it comes from. `encode`: picture -> (MIME type, bytes).
    """

    def __init__(self, job: str, encode: Callable[[Any], tuple[str, bytes]]):
        self.job, self._encode = job, encode
        self.outputs: dict[str, Any] = {}
        self.meta: dict[str, Any] = {}
        self._nodes: dict[str, dict[str, Any]] = {}
        self._executed: list[str] = []
        self._begun = self._listed = False
        self._sent = self._pictured = 0.0

    def tell(self, event: Event) -> Iterator[Said]:
        """What an event has clients told, in the field's order."""
        match event:
            case RunStarted():
                yield from self._once("_begun", "execution_start", {})
            case NodesCached(nodes):
                yield from self._once("_listed", "execution_cached", {"nodes": list(nodes)})
            case NodeStarted(node, display, parent, root):
                self._place(node, display, parent or None, root)
                yield from self._change(node, 0.0, 1.0, "running")
                yield Said("executing", {"node": node, "display_node": display, "prompt_id": self.job})
            case NodeProgress(node, value, total):
                yield from self._change(node, value, total, "running")
                yield Said("progress", {"value": value, "max": total, "prompt_id": self.job, "node": node})
            case NodePreview(node, image, rough):
                yield from self._preview(node, image, rough)
            case NodeShown(node, display, ui):
                yield self._show(node, display, ui)
            case NodeDone():
                yield from self._done(event)
            case NodeBlocked():
                yield Said("execution_error", reports.blocked_data(event, self.job, self._executed))
            case RunDone() if len(self._nodes) > SMALL:
                yield self._states()

    def _once(self, flag: str, type: str, data: Mapping[str, Any]) -> Iterator[Said]:
        """Said once a job, though a job whose cached files are gone runs twice."""
        if not getattr(self, flag):
            setattr(self, flag, True)
            yield Said(type, {**data, "prompt_id": self.job, "timestamp": now()})

    def _place(self, node: str, display: str, parent: str | None, root: str) -> None:
        self.meta[node] = {"node_id": node, "display_node": display, "parent_node": parent, "real_node_id": root}

    def _change(self, node: str, value: float, total: float, state: str) -> Iterator[Said]:
        place = self.meta.get(node)
        if place is None:
            self._place(node, node, None, node)
            place = self.meta[node]
        self._nodes[node] = {
            "value": value,
            "max": total,
            "state": state,
            "node_id": node,
            "prompt_id": self.job,
            "display_node_id": place["display_node"],
            "parent_node_id": place["parent_node"],
            "real_node_id": place["real_node_id"],
        }
        if len(self._nodes) <= SMALL or time.monotonic() - self._sent > INTERVAL:
            yield self._states()

    def _states(self) -> Said:
        self._sent = time.monotonic()
        return Said("progress_state", {"prompt_id": self.job, "nodes": dict(self._nodes)})

    def _preview(self, node: str, image: Any, rough: bool) -> Iterator[Said]:
        if time.monotonic() - self._pictured < INTERVAL and not is_result(image):
            return
        kind, encoded = self._encode(image)
        self._pictured = time.monotonic()
        place = self.meta.get(node, {"display_node": node, "parent_node": None, "real_node_id": node})
        data = {
            "node_id": node,
            "prompt_id": self.job,
            "display_node_id": place["display_node"],
            "parent_node_id": place["parent_node"],
            "real_node_id": place["real_node_id"],
            "image_type": kind,
        }
        yield Said("rough_preview" if rough else "preview", data, encoded)

    def _show(self, node: str, display: str, ui: Mapping[str, Any] | None) -> Said:
        if ui is not None:
            self.outputs[node] = ui
        return Said("executed", {"node": node, "display_node": display, "output": ui, "prompt_id": self.job})

    def _done(self, event: NodeDone) -> Iterator[Said]:
        if event.node not in self.meta:
            self._place(event.node, event.display, None, event.node)
        if not event.cached:
            self._executed.append(event.node)
        if event.ui or event.cached:
            yield self._show(event.node, event.display, event.ui)
        total = self._nodes.get(event.node, {"max": 1.0})["max"]
        yield from self._change(event.node, total, total, "finished")

    def shown(self, ui: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
        """(outputs, meta) of a job that ended well: `ui` is what all nodes showed, cached ones included."""
        outputs = {**self.outputs, **ui}
        for node in outputs:
            if node not in self.meta:
                self._place(node, node, None, node)
        return outputs, {node: self.meta[node] for node in outputs}


def now() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
