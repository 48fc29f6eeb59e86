"""Gives jobs to a worker, one after the other, and stores how they end. One dispatcher a worker.

The next job begins while the end of the last one is still on its way to the disk: many short jobs share a sync, and no
worker waits for a disk. What is told of them keeps their order, and no end is told before it is safe.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy.exc import SQLAlchemyError

from server.events import EventLog
from server.jobs.choosing import PolicyChooser
from server.jobs.records import JobRecord, Lease
from server.jobs.running import Running
from server.jobs.states import State
from server.jobs.store import JobStore
from server.jobs.syncer import NotSynced
from server.workers.protocol import Ending, Failed, Interrupted, Lost, Said, Succeeded, Worker, WorkerUnavailable

T = TypeVar("T")
Claimed = tuple[JobRecord, Lease]
Storing = Callable[[], Awaitable[State | None]]
POLL = 1.0  # seconds between looks at a store that other servers write to as well
PAUSES = (0.2, 1.0, 5.0)  # seconds between attempts at a store that cannot be written
AHEAD = 64  # jobs whose ends may be on their way to the disk while the worker goes on
log = logging.getLogger(__name__)


class Books(Protocol):
    """What dispatchers share with the queue."""

    store: JobStore
    chooser: PolicyChooser
    events: EventLog
    running: dict[str, Running]
    wake: asyncio.Event
    stopping: bool
    crash_limit: int

    def begun(self, running: Running) -> None:
        """A job begins."""

    async def stored(self, id: str) -> None:
        """Wait until a job is safe on the disk, and told of."""

    async def secrets_of(self, id: str) -> dict[str, str]:
        """What came with a job that is stored nowhere."""

    def ended(self, running: Running, state: State) -> None:
        """A job was stored in this state, or (QUEUED) waits again."""


class Dispatcher:
    """Serves one worker for as long as the queue lives."""

    def __init__(self, books: Books, worker: Worker):
        self._books, self._worker = books, worker
        self._endings: deque[asyncio.Task[None]] = deque()  # of jobs whose end is not stored yet, in their order
        self._met = 0  # which of the worker's lives is known
        self._meeting: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        """Claim, run, store; for ever."""
        claimed: Claimed | None = None
        while not self._books.stopping:
            try:
                claimed = await self._round(claimed)
            except Exception:  # whatever it is, it must not end the serving of all other jobs
                log.exception("A job could not be dispatched")
                claimed = None
                await self._recover()
        if claimed is not None:
            await self._books.store.give_back(claimed[1], error=None, limit=self._books.crash_limit)
        if self._endings:
            await asyncio.wait(self._endings)

    async def _round(self, claimed: Claimed | None) -> Claimed | None:
        """Run the job that was claimed, or claim one, or wait until there may be one."""
        await self._worker.ready()
        if self._met != self._worker.lives and self._books.chooser.compares:
            self._met, self._meeting = self._worker.lives, asyncio.create_task(self._meet())
        self._books.wake.clear()
        claimed = claimed or await self._lasting(self._claim)
        if claimed is None:
            await self._rest()
            return None
        while len(self._endings) >= AHEAD:
            await asyncio.wait([self._endings[0]])
        job, lease = claimed
        return await self._perform(Running(job, lease, self._worker, self._books.events))

    async def _meet(self) -> None:
        """Have the policy know how much the worker has room for, which that may take seconds to find out itself."""
        try:
            about = await self._worker.about()
        except WorkerUnavailable:
            return  # it is gone, and will be met again when it is back
        self._books.chooser.knows(self._worker.id, about.get("model_memory"))

    async def _recover(self) -> None:
        """Take a job back that an error of ours left behind; it counts, so that it cannot go on for ever."""
        left = [running for running in self._books.running.values() if running.worker is self._worker]
        for running in left:
            if not running.over:
                self._end(running, Lost("The server could not dispatch it; its log says why."))
        await asyncio.sleep(PAUSES[0])

    def _claim(self) -> Awaitable[Claimed | None]:
        return self._books.store.claim(self._worker.id, self._books.chooser)

    async def _rest(self) -> None:
        """Wait until there may be a job."""
        if self._books.stopping:
            return
        soon = self._books.chooser.recheck(self._worker.id)
        pauses = [pause for pause in (soon, None if self._books.store.sole else POLL) if pause is not None]
        try:
            await asyncio.wait_for(self._books.wake.wait(), min(pauses, default=None))
        except TimeoutError:
            return

    async def _perform(self, running: Running) -> Claimed | None:
        """Run a job to its end and order that stored. Gives the next job, if it was claimed in the same breath."""
        self._books.running[running.record.id] = running
        if self._endings:
            running.hold()
            self._endings[-1].add_done_callback(lambda _: running.release())
        else:
            await self._books.stored(running.record.id)  # that it waits is told before that it runs
        self._books.begun(running)
        ending = await self._run(running, await self._books.secrets_of(running.record.id))
        # a worker that is being replaced takes no next job
        replaced = isinstance(ending, Lost) or (isinstance(ending, Failed) and ending.out_of_memory)
        (self._books.chooser.lost if replaced else self._books.chooser.ended)(self._worker.id)
        storing = self._end(running, ending)  # ordered together with the next claim, so that both share a transaction
        if self._books.stopping or replaced:
            await asyncio.wait([storing])  # the job may have to be claimed again
            return None
        try:
            return await self._claim()
        except SQLAlchemyError as error:
            self._complain(error)
            return None

    async def _run(self, running: Running, secrets: dict[str, str]) -> Ending:
        if running.stopping:
            await self._worker.cancel(running.record.id, running.lease.attempt)
        async with aclosing(self._worker.run(running.assignment(secrets))) as events:
            async for event in events:
                if not isinstance(event, Said):
                    return event
                running.say(event)
        return Lost("The worker said nothing of how the job ended.")

    def _end(self, running: Running, ending: Ending) -> asyncio.Task[None]:
        """Order how a job ended to be stored, and told once that is done and all jobs before it are told."""
        running.over = True
        order = self._losing(running, ending) if isinstance(ending, Lost) else self._finishing(running, ending)
        before = self._endings[-1] if self._endings else None
        task = asyncio.create_task(self._conclude(running, ending, self._stored(order, order()), before))
        self._endings.append(task)
        task.add_done_callback(self._concluded)
        return task

    def _finishing(self, running: Running, ending: Succeeded | Failed | Interrupted) -> Storing:
        wanted, result = running.result(ending)
        return lambda: self._books.store.finish(running.lease, wanted, result)

    def _losing(self, running: Running, ending: Lost) -> Storing:
        """The worker is gone: the job waits again, unless it was cancelled, or costs too many workers."""
        books = self._books
        error = None if books.stopping or ending.blameless else ending.reason
        given_up = running.stopping or (error is not None and running.record.crashes + 1 >= books.crash_limit)
        last = running.last_words(ending) if given_up else _requeued(running, ending.reason)
        events = running.events_with(*last)
        return lambda: books.store.give_back(running.lease, error=error, limit=books.crash_limit, events=events)

    async def _stored(self, order: Storing, ordered: Awaitable[State | None]) -> State | None:
        try:
            return await ordered
        except NotSynced as error:
            self._complain(error)
            await self._lasting(self._books.store.settle)
            return cast(State | None, error.value)
        except SQLAlchemyError as error:
            self._complain(error)
            return await self._lasting(order)

    async def _conclude(
        self, running: Running, ending: Ending, storing: Awaitable[State | None], before: asyncio.Task[None] | None
    ) -> None:
        state = await storing
        if before is not None:
            await asyncio.wait([before])
        self._tell(running, ending, state)

    def _concluded(self, task: asyncio.Task[None]) -> None:
        self._endings.remove(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("The end of a job could not be told", exc_info=error)

    def _tell(self, running: Running, ending: Ending, state: State | None) -> None:
        """Tell listeners how the job ended in the store, which is what counts."""
        if self._books.running.get(running.record.id) is running:  # else a later attempt is under way
            del self._books.running[running.record.id]
        if state is None:
            log.warning("Job %s: the result of attempt %d is stale", running.record.id, running.lease.attempt)
            return
        if state is State.QUEUED:
            running.emit(*_requeued(running, ending.reason if isinstance(ending, Lost) else ""))
        elif state is State.CANCELLED and running.last_words(ending)[0] != "execution_interrupted":
            running.emit("execution_interrupted", running.interrupted())
        else:
            running.emit(*running.last_words(ending))
        self._books.ended(running, state)

    async def _lasting(self, order: Callable[[], Awaitable[T]]) -> T:
        """Order something of the store until it is done: a full disk must not cost a result."""
        attempt = 0
        while True:
            try:
                return await order()
            except SQLAlchemyError as error:
                self._complain(error)
            await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
            attempt += 1

    def _complain(self, error: SQLAlchemyError) -> None:
        log.error("The job store cannot be written, and is tried again: %s", error)


def _requeued(running: Running, reason: str) -> tuple[str, dict[str, Any]]:
    """What is told of a job that waits again: which attempt that ended, as others may hear of the next one first."""
    return "job_requeued", {"reason": reason, "attempt": running.lease.attempt}
