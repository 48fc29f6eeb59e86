"""The store: jobs on disk. Every change is one transaction; what was told of it survives a power cut."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from math import inf
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from server.jobs import listing, operations, reading, waiting
from server.jobs.database import FileLock, StoreError, open_engine, parse, syncing
from server.jobs.listing import Wanted
from server.jobs.migrations import prepare
from server.jobs.operations import Result
from server.jobs.reading import Order
from server.jobs.records import JobRecord, Lease, NewJob, Page
from server.jobs.states import State
from server.jobs.waiting import Chooser
from server.jobs.writer import Writer

T = TypeVar("T")
LEASE = 20.0  # seconds that a lease lasts without a heartbeat; servers renew each second, a sole one each five


class JobStore:
    """SQLite or PostgreSQL, told apart by the URL alone.

    Writing methods return a future at once, with the order in which they are called as the order in which they take
    effect; calls that are made together share a transaction. Raises StoreError when the database cannot be used.
    `owner=None` means everybody's jobs.
    """

    def __init__(self, url: str, *, lease: float = LEASE):
        self.url, self.lease = parse(url), lease
        self.sole = self.url.get_backend_name() == "sqlite"
        self._lock = FileLock(Path(f"{self.url.database}.lock")) if self.sole else None
        try:
            self._writing, self._reading = (open_engine(self.url, writes=writes) for writes in (True, False))
            with self._writing.begin() as connection:
                prepare(connection)
        except BaseException as error:
            self._release()
            if isinstance(error, SQLAlchemyError):
                raise StoreError(f"The job store {self.url!r} cannot be opened: {error}") from error
            raise
        self._writer = Writer(self._writing, syncing(self.url))
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="graphcore-read")

    def close(self) -> None:
        """Finish what was ordered, and let go of the files."""
        self._writer.close()
        self._readers.shutdown()
        self._writing.dispose()
        self._reading.dispose()
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()

    # -- changes -----------------------------------------------------------------------------------------------------

    def enqueue(self, job: NewJob) -> asyncio.Future[tuple[JobRecord | None, bool]]:
        """Accept a job: (None, True); or (the job that holds the idempotency key, False).

        An ended job of the same id and owner is replaced. Raises Clash if the id belongs to an open job, or the key to
        another request.
        """
        return self._write("enqueue", lambda connection: operations.enqueue(connection, job))

    def claim(self, worker: str, chooser: Chooser | None = None) -> asyncio.Future[tuple[JobRecord, Lease] | None]:
        """Lease a queued job to a worker, under a new attempt number: the first, or the one that is chosen. None if
        none may be run.

        Given before it is safe from a power cut, which would end the worker too, and leave the job waiting.
        """

        def operation(connection: Connection) -> tuple[JobRecord, Lease] | None:
            if chooser is None:
                return operations.claim(connection, worker, self.lease)
            return waiting.claim(connection, worker, self.lease, chooser)

        return self._write("claim", operation, durable=False)

    def extend(self, leases: Collection[Lease]) -> asyncio.Future[dict[Lease, State]]:
        """Heartbeat: lease -> state, of the leases that still hold (CANCELLING: somebody asked it to stop)."""
        return self._write(
            "extend", lambda connection: operations.extend(connection, leases, self.lease), durable=False
        )

    def finish(self, lease: Lease, state: State, result: Result) -> asyncio.Future[State | None]:
        """End a job; gives the state it ended in (one told to stop cannot succeed), None for a stale lease."""
        return self._write("finish", lambda connection: operations.finish(connection, lease, state, result))

    def give_back(
        self, lease: Lease, *, error: str | None, limit: int, events: str = "[]"
    ) -> asyncio.Future[State | None]:
        """Take a job from a worker that is no more. `error` (a sentence) if the job may have caused that: it counts as
        a crash, and the one that makes `limit` has the job quarantined. None for a stale lease.
        """
        return self._write(
            "give_back", lambda connection: operations.give_back(connection, lease, error, limit, events)
        )

    def reclaim(self, expired_at: float = inf) -> asyncio.Future[list[JobRecord]]:
        """Take back the jobs whose leases ended before a time; all of them, for the sole server of a store."""
        return self._write("reclaim", lambda connection: operations.reclaim(connection, min(expired_at, 1e300)))

    def cancel(self, id: str, owner: str | None = None) -> asyncio.Future[State | None]:
        """Cancel a pending job (CANCELLED) or mark a running one (CANCELLING); None if it does neither."""
        return self._write("cancel", lambda connection: operations.cancel(connection, id, owner))

    def cancel_pending(self, ids: Collection[str] | None, owner: str | None = None) -> asyncio.Future[dict[str, str]]:
        """Cancel these pending jobs, or all; gives id -> owner of those that were."""
        return self._write("cancel", lambda connection: operations.cancel_pending(connection, ids, owner))

    def retry(self, id: str, owner: str | None = None) -> asyncio.Future[bool]:
        """Queue an ended job again, with its crashes forgiven."""
        return self._write("retry", lambda connection: operations.retry(connection, id, owner))

    def reorder(self, id: str, number: float, owner: str | None = None) -> asyncio.Future[bool]:
        """Give a pending job another number."""
        return self._write("reorder", lambda connection: operations.reorder(connection, id, number, owner))

    def move(self, id: str, other: str, before: bool, owner: str | None = None) -> asyncio.Future[bool]:
        """Put a pending job right before or behind another one."""
        return self._write("reorder", lambda connection: operations.move(connection, id, other, before, owner))

    def hold(self, id: str | None, paused: bool, owner: str | None = None) -> asyncio.Future[bool]:
        """Hold back, or let go, one pending job, or (None) the whole queue; False if that changes nothing."""
        if id is None:
            return self._write("hold", lambda connection: operations.hold_all(connection, paused))
        return self._write("hold", lambda connection: operations.hold(connection, id, owner, paused))

    def forget(self, ids: Collection[str] | None, owner: str | None = None) -> asyncio.Future[int]:
        """Delete these ended jobs, or all."""
        return self._write("forget", lambda connection: operations.forget(connection, ids, owner))

    def prune(self, keep: int) -> asyncio.Future[int]:
        """Delete up to 1,000 of the oldest ended jobs beyond `keep`."""
        return self._write("prune", lambda connection: operations.prune(connection, keep))

    def settle(self) -> asyncio.Future[None]:
        """Change nothing; done once all that was ordered before is on the disk."""
        return self._write("settle", lambda connection: None)

    # -- questions ---------------------------------------------------------------------------------------------------

    async def get(self, id: str, owner: str | None = None) -> JobRecord | None:
        """One job."""
        return await self._read(lambda connection: reading.get(connection, id, owner))

    async def queue(self, owner: str | None = None) -> tuple[list[JobRecord], list[JobRecord]]:
        """(running, pending in the order in which they run)."""
        return await self._read(lambda connection: reading.queue(connection, owner))

    async def leased(self, owner: str | None = None) -> list[str]:
        """The ids of the jobs that run, here or elsewhere."""
        return await self._read(lambda connection: reading.leased(connection, owner))

    async def queue_json(self, owner: str | None = None) -> bytes:
        """The body of `GET /queue`."""
        return await self._read(lambda connection: reading.queue_json(connection, owner))

    async def page(
        self, states: Collection[State], limit: int, offset: int, order: Order = Order.NEWEST, owner: str | None = None
    ) -> Page:
        """A window of jobs, whose workflows and events are left empty."""
        return await self._read(lambda connection: reading.page(connection, states, limit, offset, order, owner))

    async def listing_json(self, wanted: Wanted, owner: str | None = None) -> bytes:
        """The body of `GET /jobs`."""
        return await self._read(lambda connection: listing.listing_json(connection, wanted, owner))

    async def history_json(self, max_items: int | None = None, offset: int = -1, owner: str | None = None) -> bytes:
        """The body of `GET /history`."""
        return await self._read(lambda connection: reading.history_json(connection, max_items, offset, owner))

    async def history_of(self, id: str, owner: str | None = None) -> bytes:
        """The body of `GET /history/{id}`."""
        return await self._read(lambda connection: reading.history_of(connection, id, owner))

    async def finished_with_files(
        self, limit: int, before: float | None = None, owner: str | None = None
    ) -> list[JobRecord]:
        """Jobs that ended well before a time and have made files, the latest first."""
        return await self._read(lambda connection: reading.finished_with_files(connection, limit, before, owner))

    async def counts(self) -> dict[State, int]:
        """State -> how many jobs are in it."""
        return await self._read(reading.counts)

    async def count_open(self) -> int:
        """Pending and running jobs."""
        return await self._read(operations.count_open)

    async def count_runnable(self) -> int:
        """Jobs that run, or would if nobody came in between: none of the pending ones while the queue is held."""
        return await self._read(operations.count_runnable)

    async def next_number(self) -> int:
        """Where the counter of numbers goes on."""
        return await self._read(operations.next_number)

    async def is_paused(self) -> bool:
        """Whether the whole queue is held."""
        return await self._read(operations.is_paused)

    def _write(self, name: str, operation: Callable[[Connection], T], *, durable: bool = True) -> asyncio.Future[T]:
        return self._writer.call(name, operation, durable=durable)

    async def _read(self, question: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._ask, question)

    def _ask(self, question: Callable[[Connection], T]) -> T:
        with self._reading.begin() as connection:
            answer = question(connection)
        self._writer.settle()
        return answer
