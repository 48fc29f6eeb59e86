"""The other servers of a store: what they tell changes what this one knows, and what this one does is told to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from server.events import LIFECYCLE, Event, EventLog
from server.jobs.exchange import Exchange
from server.jobs.intake import Intake
from server.jobs.running import Running
from server.jobs.store import JobStore


class Shared(Protocol):
    """What of the queue other servers have to do with. `wake`: there may be a job; `look`: a lease may have changed."""

    store: JobStore
    events: EventLog
    running: dict[str, Running]
    wake: asyncio.Event
    look: asyncio.Event


class Neighbours:
    """Hears other servers, where the store has any. `changed` is called for whatever changes a list of jobs."""

    def __init__(self, queue: Shared, intake: Intake, changed: Callable[[], None]):
        self._queue, self._intake, self._changed = queue, intake, changed
        self._exchange = None if queue.store.sole else Exchange(queue.store.url, self._heard)
        self._nodes: dict[str, tuple[tuple[str | None, str], str | None]] = {}  # job elsewhere -> (whose, node)

    async def start(self) -> None:
        """Know what was told of late, and be told from now on."""
        if self._exchange is not None:
            self._queue.events.restore(await self._exchange.open())
            self._queue.events.outlet = self._exchange.tell

    async def stop(self) -> None:
        """Tell the last, and hear nothing more."""
        if self._exchange is not None:
            self._queue.events.outlet = None
            await asyncio.to_thread(self._exchange.close)

    def node_of(self, client: str, owner: str | None) -> str | None:
        """The node that a client's job is at on another server."""
        nodes = (node for (id, whose), node in self._nodes.values() if id == client and owner in (None, whose))
        return next((node for node in nodes if node is not None), None)

    def _heard(self, events: Sequence[Event]) -> None:
        for event in events:
            self._take(event)
        if any(event.type in LIFECYCLE for event in events):
            self._changed()

    def _take(self, event: Event) -> None:
        job = event.job or ""
        match event.type:
            case "job_queued":
                self._intake.remaining += 1
                self._queue.wake.set()
            case "job_requeued":
                self._nodes.pop(job, None)
                self._queue.wake.set()
            case "job_changed":
                self._queue.wake.set()
                if job in self._queue.running:
                    self._queue.look.set()
            case "job_ended":
                self._nodes.pop(job, None)
                self._intake.over(job)
            case "executing":
                node = event.data.get("display_node")
                self._nodes[job] = ((event.client, event.owner), None if node is None else str(node))
        self._queue.events.hear(event)
