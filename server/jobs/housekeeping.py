"""What is done again and again: heartbeats of leases, what other servers lost or cancelled, what is forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from server.jobs.dispatcher import POLL
from server.jobs.intake import Intake
from server.jobs.neighbours import Shared
from server.jobs.records import JobRecord
from server.jobs.states import State

PRUNE = 10.0  # seconds between looks at what history must forget
log = logging.getLogger(__name__)


class Housekeeper:
    """Keeps the house of a queue. `history`: ended jobs that are kept. `changed`: for what changes a list of jobs."""

    def __init__(self, queue: Shared, intake: Intake, history: int, changed: Callable[[], None]):
        self._queue, self._intake, self._history, self._changed = queue, intake, history, changed
        self._pruned = time.monotonic()

    async def keep(self) -> None:
        """For ever; sooner than in its turn when somebody sets `look`."""
        lease, look = self._queue.store.lease, self._queue.look
        pause = min(lease / 4, PRUNE if self._queue.store.sole else POLL)
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(look.wait(), pause)
            look.clear()
            try:
                await self._extend()
                if not self._queue.store.sole:
                    await self._mind_others()
                await self._prune()
            except SQLAlchemyError as error:
                log.error("The job store cannot be used, and is tried again: %s", error)

    async def _mind_others(self) -> None:
        """Take back what other servers lost, and count what they took in."""
        for job in await self._queue.store.reclaim(time.time()):
            self._tell(job)
        await self._intake.recount()

    def _tell(self, job: JobRecord) -> None:
        """A job waits again, or is cancelled as that was asked: its own server is gone, and tells nobody."""
        tell = partial(self._queue.events.emit, job=job.id, owner=job.owner, client=job.client_id)
        if job.state is State.QUEUED:
            tell("job_requeued", {"reason": "Its server gave no sign of life.", "attempt": job.attempt})
            self._queue.wake.set()
        else:
            self._intake.over(job.id)
            tell("job_ended", {"state": job.state.value})
            tell("executing", {"node": None, "prompt_id": job.id})
        self._changed()

    async def _prune(self) -> None:
        if time.monotonic() - self._pruned > PRUNE:
            self._pruned = time.monotonic()
            while await self._queue.store.prune(self._history):
                pass

    async def _extend(self) -> None:
        leased = [running for running in self._queue.running.values() if not running.over]
        held = await self._queue.store.extend([running.lease for running in leased])
        for running in leased:
            state = held.get(running.lease)
            if state is State.RUNNING or running.stopping or running.over:
                continue
            running.stopping = True  # somebody cancelled it, or has taken it over
            await running.worker.cancel(running.record.id, running.lease.attempt)
