"""The store: jobs on disk. Every method is one transaction; when it returns, its effect survives a power cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from server.jobs.records import JobRecord, Lease, NewJob, OutputFile, Page
from server.jobs.states import State


class JobStore(Protocol):
    """SQLite or PostgreSQL, told apart by the URL alone. Every change of state is a guarded UPDATE: it takes effect if
    the job is where it is thought to be, and says so.
    """

    async def enqueue(self, job: NewJob) -> JobRecord | None:
        """Accept a job. Gives the job that holds the idempotency key, if there is one; None if the queue is full.

        Raises Clash if the id belongs to an open job, or the key to another request.
        """

    async def claim(self, worker: str) -> tuple[JobRecord, Lease] | None:
        """Lease the first queued job to a worker."""

    async def extend(self, leases: Iterable[Lease]) -> list[Lease]:
        """Heartbeat: move the end of leases; gives those that still hold."""

    async def finish(
        self, lease: Lease, state: State, *, events: str, outputs: str, meta: str, files: Sequence[OutputFile]
    ) -> State | None:
        """End a job under its lease; gives the state it ended in, or None if the lease is stale."""

    async def give_back(self, lease: Lease, *, crashed: str | None, limit: int) -> State | None:
        """Put a job back into the queue; one that lost its worker `limit` times is quarantined."""

    async def cancel(self, id: str, owner: str | None) -> State | None:
        """Cancel a pending job, or mark a running one; gives its state afterwards, None if it has ended."""

    async def retry(self, id: str, owner: str | None) -> bool:
        """Queue an ended job again."""

    async def reorder(self, id: str, number: float, owner: str | None) -> bool:
        """Give a pending job another number."""

    async def pause(self, id: str | None, owner: str | None, paused: bool) -> bool:
        """Hold back, or let go, one job or the whole queue."""

    async def pending(self, owner: str | None) -> Sequence[JobRecord]:
        """Queued and paused jobs, in the order in which they run."""

    async def page(self, states: Iterable[State], limit: int, offset: int, owner: str | None) -> Page:
        """A window of jobs by time of submission."""

    async def prune(self, keep: int) -> int:
        """Forget the oldest ended jobs beyond `keep`."""
