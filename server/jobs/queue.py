"""The queue: ties the store to the workers. The one thing that handlers call. Lives in the event loop's thread."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from server.events import Event, EventLog
from server.jobs.admission import Request
from server.jobs.choosing import PolicyChooser
from server.jobs.dispatcher import Dispatcher
from server.jobs.elastic import Elastic
from server.jobs.housekeeping import Housekeeper
from server.jobs.intake import Intake
from server.jobs.listing import Wanted
from server.jobs.neighbours import Neighbours
from server.jobs.policy import Policy
from server.jobs.reading import Order
from server.jobs.records import Accepted, JobRecord, Page, Refused
from server.jobs.running import Running
from server.jobs.states import ENDED, State
from server.jobs.store import JobStore
from server.workers.messages import Message
from server.workers.pool import WorkerPool
from server.workers.protocol import CatalogueText, HostAddress, Worker

STORING = 5.0  # seconds that the ends of jobs may take to be stored when the server stops
HISTORY_KEPT = 4 * 2**20  # bytes of an answer that is kept for the next one who asks
LIST_KEPT = 64 * 2**20
log = logging.getLogger(__name__)


class JobQueue:
    """Everything that handlers ask of the queue. `owner=None` means everybody's jobs.

    `events` numbers and keeps what happens; `running` is what workers do now. `least`: how many workers live also when
    there is nothing to do; by default all.
    """

    def __init__(self, store: JobStore, workers: Sequence[Worker], policy: Policy | None = None, least: int = 0):
        self.store, self.pool, self.policy = store, WorkerPool(workers), policy or Policy()
        self.chooser = PolicyChooser(self.pool.workers)
        self.events = EventLog()
        self.running: dict[str, Running] = {}
        self.wake, self.look = asyncio.Event(), asyncio.Event()
        self.stopping = False
        self.crash_limit = self.policy.crashes
        self._least = min(least or len(self.pool.workers), len(self.pool.workers))
        self._intake = Intake(store, self.pool, self.policy)
        self._neighbours = Neighbours(self, self._intake, self._listed_anew)
        self._stopped_early: set[str] = set()  # asked to stop between their claim and its being heard of here
        self._tasks: list[asyncio.Task[None]] = []
        self._history: dict[tuple[object, ...], bytes] = {}
        self._listed: dict[str | None, bytes] = {}

    # -- life --------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take back what a dead server had leased, and start the workers (they get ready beside)."""
        if self.store.sole:
            await self.store.reclaim()
        await self._intake.open()
        await self._neighbours.start()
        await self.pool.start(self._message, self._least)
        keeping = Housekeeper(self, self._intake, self.policy.history, self._listed_anew).keep()
        jobs = [*(Dispatcher(self, worker).serve() for worker in self.pool.workers), keeping]
        if self._least < len(self.pool.workers):
            jobs.append(Elastic(self, self.pool, self._least).keep())
        self._tasks = [asyncio.create_task(job) for job in jobs]

    async def stop(self, *, drain: bool = False, grace: float = 10.0) -> None:
        """Take no more jobs, and end. `drain`: finish all pending ones first; else the running ones get `grace`
        seconds, and wait again if that does not do. Pending jobs stay in the store.
        """
        if drain:
            await self.drain()
        self._intake.closed = True
        if self.stopping:
            return
        self.stopping = True
        self.wake.set()
        await asyncio.gather(*(worker.stop(grace) for worker in self.pool.awake))
        patience = time.monotonic() + STORING
        while self.running and time.monotonic() < patience:
            await asyncio.sleep(0.01)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._neighbours.stop()
        await asyncio.get_running_loop().run_in_executor(None, self.store.close)

    async def drain(self) -> None:
        """Take no more jobs, and wait until all that can run have run."""
        self._intake.closed = True
        while not self.stopping and await self.store.count_runnable():
            await asyncio.sleep(0.05)

    # -- what dispatchers tell ---------------------------------------------------------------------------------------

    def begun(self, running: Running) -> None:
        """A job begins."""
        job = running.record
        if job.id in self._stopped_early:
            self._stopped_early.discard(job.id)
            running.stopping = True
        running.emit("job_running", {"attempt": running.lease.attempt, "worker": running.worker.id})
        running.do(self._status)

    async def stored(self, id: str) -> None:
        """Wait until a job is safe on the disk, and told of."""
        await self._intake.stored(id)

    async def secrets_of(self, id: str) -> dict[str, str]:
        """What came with a job that is stored nowhere."""
        return await self._intake.secrets_of(id)

    def ended(self, running: Running, state: State) -> None:
        """A job was stored in this state, or (QUEUED) waits again."""
        if state is State.QUEUED:
            self.wake.set()
            self._status()
            return
        self._over(running.record.id)
        running.emit("job_ended", {"state": state.value})
        self._status()
        running.emit("executing", {"node": None, "prompt_id": running.record.id})

    def _over(self, *ids: str) -> None:
        self._intake.over(*ids)
        self._history = {}

    def _listed_anew(self) -> None:
        self._history = {}
        self._status()

    def _message(self, message: Message) -> None:
        """A pack tells clients something."""
        client, owner = message.client, message.owner
        self.events.emit(
            message.type, message.data, owner=owner or "", client=client, image=message.blob, everybody=owner is None
        )

    def _status(self) -> None:
        self._listed = {}
        self.events.emit("status", {"status": {"exec_info": {"queue_remaining": self._intake.remaining}}})

    # -- submitting --------------------------------------------------------------------------------------------------

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
        """Check a workflow (of any form) and queue it. When `Accepted` returns, the job is on disk.

        `extra`: extra_data, whose secrets are kept in memory only. `targets`: output nodes to run, all by default.
        `inputs`: 'NODE.INPUT' -> value. `number` is explicit; without it the counter gives one, negated for `front`.
        """
        request = Request(prompt, extra or {}, client_id, number, front, targets, inputs, id, idempotency_key, owner)
        answer, job = await self._intake.take(request)
        if job is not None:
            self.events.emit("job_queued", {"number": job.number}, job=job.id, owner=job.owner, client=job.client_id)
            self._status()
            self.wake.set()
        return answer

    # -- changing ----------------------------------------------------------------------------------------------------

    async def cancel(self, id: str, owner: str | None = None) -> bool:
        """Cancel a pending or running job. False if there is none, or it has ended."""
        running = self.running.get(id)
        if running is not None and owner in (None, running.record.owner):
            running.stopping = True  # before the store is told: an end that is stored after that says so too
        state = await self.store.cancel(id, owner)
        if state is State.CANCELLING:
            await self._stop(id)
        elif state is State.CANCELLED:
            job = await self.job(id)
            self._cancelled({id: job.owner if job is not None else owner or ""})
        return state is not None

    async def _stop(self, id: str) -> None:
        running = self.running.get(id)
        if running is None and self.store.sole:
            self._stopped_early.add(id)
        elif running is None:  # another server has it, which looks at its leases when it hears of this
            self.events.emit("job_changed", {}, job=id)
        else:
            running.stopping = True
            await running.worker.cancel(id, running.lease.attempt)

    def _cancelled(self, owners: Mapping[str, str]) -> None:
        """Pending jobs are no more; their owners are told, whoever did it."""
        self._over(*owners)
        for id, owner in owners.items():
            self.events.emit("job_ended", {"state": State.CANCELLED.value}, job=id, owner=owner)
        if owners:
            self._status()

    async def interrupt(self, ids: Collection[str] | None = None, owner: str | None = None) -> bool:
        """Cancel those of these jobs that run, or (None) whatever runs."""
        running = [id for id in await self.store.leased(owner) if ids is None or id in ids]
        return any([await self.cancel(id, owner) for id in running])

    async def delete_pending(self, ids: Collection[str], owner: str | None = None) -> int:
        """Cancel those of these jobs that have not begun; how many."""
        found = await self.store.cancel_pending(ids, owner)
        self._cancelled(found)
        return len(found)

    async def clear_pending(self, owner: str | None = None) -> int:
        """Cancel all that have not begun; how many."""
        found = await self.store.cancel_pending(None, owner)
        self._cancelled(found)
        return len(found)

    async def retry(self, id: str, owner: str | None = None) -> bool:
        """Queue an ended job again, at its own number, with a clean record of crashes."""
        if not await self.store.retry(id, owner):
            return False
        self._intake.remaining += 1
        await self._changed(id)
        return True

    async def reorder(self, id: str, number: float, owner: str | None = None) -> bool:
        """Give a pending job another number (lower runs first)."""
        return await self.store.reorder(id, number, owner) and await self._changed(id)

    async def move(self, id: str, other: str, *, before: bool, owner: str | None = None) -> bool:
        """Put a pending job right before or behind another one."""
        return await self.store.move(id, other, before, owner) and await self._changed(id)

    async def pause(self, id: str | None = None, owner: str | None = None) -> bool:
        """Hold one pending job back, or (None) begin no more jobs until `resume`, also after a restart."""
        return await self.store.hold(id, True, owner) and await self._changed(id)

    async def resume(self, id: str | None = None, owner: str | None = None) -> bool:
        """Undo `pause`."""
        return await self.store.hold(id, False, owner) and await self._changed(id)

    async def _changed(self, id: str | None) -> bool:
        """A job, or (None) the whole queue, is not as it was; its owner is told, whoever did it."""
        job = None if id is None else await self.job(id)
        self._history = {}
        self.events.emit("job_changed", {}, job=id, owner="" if job is None else job.owner, everybody=id is None)
        self._status()
        self.wake.set()
        return True

    async def delete_history(self, ids: Collection[str] | None = None, owner: str | None = None) -> int:
        """Forget these ended jobs, or all of them (their files stay); how many."""
        self._history = {}
        return await self.store.forget(ids, owner)

    # -- asking ------------------------------------------------------------------------------------------------------

    async def queue(self, owner: str | None = None) -> tuple[list[JobRecord], list[JobRecord]]:
        """(running, pending in the order in which they will run)."""
        return await self.store.queue(owner)

    async def queue_json(self, owner: str | None = None) -> bytes:
        """The body of `GET /queue`. Kept until something changes, as many clients ask for it after every event."""
        kept = self._listed
        found = kept.get(owner)
        if found is None:
            found = await self.store.queue_json(owner)
            if self.store.sole and len(found) <= LIST_KEPT:
                kept[owner] = found
        return found

    async def history_json(self, max_items: int | None = None, offset: int = -1, owner: str | None = None) -> bytes:
        """The body of `GET /history`: jobs that were begun and have ended, oldest first. Windows as in the field:
        `max_items` alone gives the last ones, `offset` skips. Kept until a job ends: cheap to ask ten times a second.
        """
        key = (max_items, offset, owner)
        found = self._history.get(key)
        if found is None:
            kept = self._history
            found = await self.store.history_json(max_items, offset, owner)
            if self.store.sole and kept is self._history and len(kept) < 4 and len(found) <= HISTORY_KEPT:
                kept[key] = found
        return found

    async def history_of(self, id: str, owner: str | None = None) -> bytes:
        """The body of `GET /history/{id}`: {id: entry}, or {} while the job has not ended."""
        return await self.store.history_of(id, owner)

    async def job(self, id: str, owner: str | None = None) -> JobRecord | None:
        """One job, whatever its state."""
        return await self.store.get(id, owner)

    async def jobs(
        self,
        states: Iterable[State] | None = None,
        *,
        limit: int = 100,
        offset: int = 0,
        order: Order = Order.NEWEST,
        owner: str | None = None,
    ) -> Page:
        """A window of all jobs, whose workflows are left empty."""
        return await self.store.page(set(states or State), limit, offset, order, owner)

    async def listing_json(self, wanted: Wanted, owner: str | None = None) -> bytes:
        """The body of `GET /jobs`: a window of all jobs as newer servers of the field list them."""
        return await self.store.listing_json(wanted, owner)

    async def finished_with_files(
        self, limit: int, before: float | None = None, owner: str | None = None
    ) -> Sequence[JobRecord]:
        """Jobs that ended well before a time and have made files, the latest first."""
        return await self.store.finished_with_files(limit, before, owner)

    async def counts(self) -> Mapping[State, int]:
        """State -> how many jobs are in it."""
        return await self.store.counts()

    async def events_of(self, id: str, after: int = 0, owner: str | None = None) -> Sequence[Event]:
        """The events of a job after a number: those in the ring, before them the durable ones from the store.

        The one that ended the job is repeated rather than missed, where the server was restarted meanwhile.
        """
        job = await self.store.get(id, owner)
        if job is None:
            return []
        kept = [
            Event(number, id, job.owner, job.client_id, type, data) for type, data, number in json.loads(job.events)
        ]
        return self.events.resumed(id, kept, after, over=job.state in ENDED)

    def remaining(self) -> int:
        """Pending + running, as `status` tells."""
        return self._intake.remaining

    def current(self, client_id: str, owner: str | None = "") -> str | None:
        """The display id of the node that a client's running job is at, for a socket that comes back."""
        records = ((running.record, running.node) for running in self.running.values() if not running.over)
        nodes = (node for job, node in records if job.client_id == client_id and owner in (None, job.owner))
        return next((node for node in nodes if node is not None), None) or self._neighbours.node_of(client_id, owner)

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Be told of every event, in the loop's thread. Returns what ends that."""
        return self.events.subscribe(listener)

    async def is_paused(self) -> bool:
        """Whether `pause()` holds the whole queue."""
        return await self.store.is_paused()

    # -- workers -----------------------------------------------------------------------------------------------------

    async def catalogue(self, owner: str | None = None) -> CatalogueText:
        """The nodes: as they were kept while the workers start, then as they are. Raises WorkerUnavailable."""
        return await self.pool.catalogue(owner or "")

    async def pack_host(self) -> HostAddress:
        """Where requests to packs are passed on to. Raises WorkerUnavailable."""
        return await self.pool.pack_host()

    async def rewritten(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A submission as packs change it. Raises WorkerUnavailable."""
        return await self.pool.rewritten(body)

    async def about(self) -> Mapping[str, Any]:
        """Devices and versions, see `Worker.about`. Raises WorkerUnavailable."""
        return await self.pool.about()

    async def free(self, *, unload_models: bool = False, free_memory: bool = False) -> None:
        """Have every worker give memory back, after its job."""
        self.chooser.emptied()
        await self.pool.free(unload_models=unload_models, free_memory=free_memory)

    @property
    def workers(self) -> Sequence[Worker]:
        """Who runs jobs, or is about to."""
        return self.pool.awake

    @property
    def workers_ready(self) -> int:
        """How many workers can take jobs now."""
        return self.pool.ready
