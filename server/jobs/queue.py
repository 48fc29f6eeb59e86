"""The queue: ties the store to the workers. The one thing that handlers call. Lives in the event loop's thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from server.events import Event, EventLog
from server.jobs.records import Accepted, JobRecord, Page, Refused
from server.jobs.states import State
from server.workers.protocol import CatalogueText


class JobQueue(Protocol):
    """Everything that handlers ask of the queue. `owner=None` means everybody's jobs."""

    events: EventLog

    async def start(self) -> None:
        """Open the store, take back what a dead server had leased, start the workers (they get ready beside)."""

    async def stop(self, *, drain: bool = False, grace: float = 10.0) -> None:
        """Take no more jobs. `drain`: finish all pending ones first; else the running ones get `grace` seconds, and are
        put back into the queue if that does not do.
        """

    async def submit(
        self,
        prompt: Mapping[str, Any],
        *,
        extra: Mapping[str, Any] | None = None,
        client_id: str | None = None,
        number: float | None = None,
        front: bool = False,
        targets: Sequence[str] | None = None,
        inputs: Mapping[str, Any] | None = None,
        id: str | None = None,
        idempotency_key: str | None = None,
        owner: str = "",
    ) -> Accepted | Refused:
        """Check a workflow (of any form) and queue it. When `Accepted` returns, the job is on disk."""

    async def cancel(self, id: str, owner: str | None = None) -> bool:
        """Cancel a pending or running job. False if there is none, or it has ended."""

    async def interrupt(self, id: str | None = None, owner: str | None = None) -> bool:
        """Cancel this job if it runs, or whatever runs."""

    async def delete_pending(self, ids: Iterable[str], owner: str | None = None) -> int:
        """Cancel those of these jobs that have not begun; how many."""

    async def clear_pending(self, owner: str | None = None) -> int:
        """Cancel all that have not begun; how many."""

    async def retry(self, id: str, owner: str | None = None) -> bool:
        """Queue an ended job again, at its own number, with a clean record of crashes."""

    async def reorder(self, id: str, number: float, owner: str | None = None) -> bool:
        """Give a pending job another number (lower runs first)."""

    async def pause(self, id: str | None = None, owner: str | None = None) -> bool:
        """Hold one pending job back, or (None) start no more jobs until `resume`, also after a restart."""

    async def resume(self, id: str | None = None, owner: str | None = None) -> bool:
        """Undo `pause`."""

    async def queue(self, owner: str | None = None) -> tuple[Sequence[JobRecord], Sequence[JobRecord]]:
        """(running, pending in the order in which they will run). See `JobRecord.item_json`."""

    async def history(
        self, max_items: int | None = None, offset: int = -1, owner: str | None = None
    ) -> Mapping[str, Mapping[str, Any]]:
        """id -> the field's history entry, oldest first, of jobs that were begun and have ended. Windows as in the
        field: `max_items` alone gives the last ones, `offset` skips.
        """

    async def history_json(self, max_items: int | None = None, offset: int = -1, owner: str | None = None) -> bytes:
        """The same as JSON text, kept until something changes: cheap to ask ten times a second."""

    async def history_of(self, id: str, owner: str | None = None) -> Mapping[str, Mapping[str, Any]]:
        """{id: entry}, or {} while the job has not ended."""

    async def delete_history(self, ids: Iterable[str] | None = None, owner: str | None = None) -> int:
        """Forget these ended jobs, or all of them (their files stay); how many."""

    async def job(self, id: str, owner: str | None = None) -> JobRecord | None:
        """One job, whatever its state."""

    async def jobs(
        self,
        states: Iterable[State] | None = None,
        *,
        limit: int = 100,
        offset: int = 0,
        newest_first: bool = True,
        owner: str | None = None,
    ) -> Page:
        """A window of all jobs by time of submission."""

    async def events_of(self, id: str, after: int = 0) -> Sequence[Event]:
        """The events of a job after a number: from the ring, and the durable ones from the store."""

    def remaining(self) -> int:
        """Pending + running, as `status` tells."""

    def current(self, client_id: str) -> str | None:
        """The display id of the node that a client's running job is at, for a socket that comes back."""

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Be told of every event, in the loop's thread. Returns what ends that."""

    async def catalogue(self) -> CatalogueText:
        """The nodes: from disk while the worker starts, then as they are."""

    async def about(self) -> Mapping[str, Any]:
        """Devices and versions, see `Worker.about`."""

    async def free(self, *, unload_models: bool = False, free_memory: bool = False) -> None:
        """Have every worker give memory back."""

    @property
    def workers_ready(self) -> int:
        """How many workers can take jobs now."""
