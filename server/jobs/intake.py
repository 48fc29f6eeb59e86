"""Taking jobs in: numbered, checked by a worker, stored; and the account of how many there are."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from server.jobs.admission import Counter, Request, admit, check, refusal
from server.jobs.operations import Clash
from server.jobs.policy import Policy
from server.jobs.records import Accepted, NewJob, Refused
from server.jobs.store import JobStore
from server.workers.pool import WorkerPool
from server.workers.protocol import Report, WorkerUnavailable

log = logging.getLogger(__name__)


class Intake:
    """`remaining` counts pending and running jobs. `secrets`: job -> what came with it that is stored nowhere.

    `closed`: nothing is accepted any more.
    """

    def __init__(self, store: JobStore, pool: WorkerPool, policy: Policy):
        self._store, self._pool, self._policy = store, pool, policy
        self._counter = Counter()
        self.remaining = 0
        self.secrets: dict[str, dict[str, str]] = {}
        self._storing: dict[str, asyncio.Future[Any]] = {}  # jobs on their way to the disk
        self._secretive: set[str] = set()  # those of them that have secrets
        self.closed = False

    async def open(self) -> None:
        """Go on where the store is."""
        self._counter = Counter(await self._store.next_number())
        self.remaining = await self._store.count_open()

    async def recount(self) -> None:
        """Go by the store again, which other servers write to as well."""
        self._counter.next = max(self._counter.next, await self._store.next_number())
        self.remaining = await self._store.count_open()

    def over(self, *ids: str) -> None:
        """These jobs are neither pending nor running any more."""
        self.remaining -= len(ids)
        for id in ids:
            self.secrets.pop(id, None)

    async def stored(self, id: str) -> None:
        """Wait until a job is safe on the disk, and told of: it may be claimed before."""
        if (storing := self._storing.get(id)) is not None:
            await asyncio.wait([storing])

    async def secrets_of(self, id: str) -> dict[str, str]:
        """The secrets of a job, once they are known to be its."""
        if id in self._secretive:
            await self.stored(id)
        return self.secrets.get(id, {})

    async def take(self, request: Request) -> tuple[Accepted | Refused, NewJob | None]:
        """(the answer, the job if one was stored just now)."""
        number = self._counter.number(request)
        refused = check(request) or self._refuse_more()
        if refused is not None:
            return refused, None
        try:
            report = await self._pool.validate(request.prompt, request.targets, request.inputs, request.owner)
        except WorkerUnavailable as error:
            return refusal(503, "no_worker", str(error), self._policy.retry_after), None
        if report.error is not None:
            return Refused(400, report.error, report.node_errors), None
        self.remaining += 1
        answer, job = await self._store_job(request, number, report)
        if job is None:
            self.remaining -= 1
        return answer, job

    def _refuse_more(self) -> Refused | None:
        if self.closed:
            return refusal(503, "stopping", "The server is being stopped; try again later.", self._policy.retry_after)
        if self.remaining >= self._policy.capacity:
            message = f"The queue is full ({self.remaining} jobs); wait until some have run."
            return refusal(429, "queue_full", message, self._policy.retry_after)
        return None

    async def _store_job(
        self, request: Request, number: float, report: Report
    ) -> tuple[Accepted | Refused, NewJob | None]:
        job, secrets = admit(request, number, report)
        storing = self._store.enqueue(job)
        if self._storing.setdefault(job.id, storing) is storing and secrets:
            self._secretive.add(job.id)
        try:
            known, fresh = await storing
        except Clash as clash:
            return refusal(409, "invalid_prompt_id", str(clash)), None
        except SQLAlchemyError as error:
            log.error("A job cannot be stored: %s", error)
            message = "The server cannot store jobs now; look at its log, and at the room on its disk."
            return refusal(503, "store_failed", message, self._policy.retry_after), None
        finally:
            if self._storing.get(job.id) is storing:
                del self._storing[job.id]
                self._secretive.discard(job.id)
        if not fresh and known is not None:
            return Accepted(known.id, json.loads(known.place), json.loads(known.node_errors), repeated=True), None
        if secrets:
            self.secrets[job.id] = secrets  # at once: nothing was awaited since it is stored
        return Accepted(job.id, number if job.explicit else int(number), report.node_errors), job
