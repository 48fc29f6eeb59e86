"""What waits, as far as a decision looks at it: the foremost jobs of each owner. Functions over one connection."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from typing import Protocol

from sqlalchemy import Connection, text

from server.jobs import operations
from server.jobs.records import JobRecord, Lease
from server.jobs.statements import Statement
from server.scheduling.waiting import Waiting

WINDOW = 64  # jobs that are looked at
OWNERS = 16  # owners whose jobs are looked at
TRIES = 16  # jobs that may turn out to be taken by other servers before a claim is given up

# Owners are found by leaping from one to the next in the index `jobs_of_owner`, however many jobs each has.
OWNERS_WAITING = Statement(
    text(
        "WITH RECURSIVE waiting(owner) AS ("
        " SELECT min(owner) FROM jobs WHERE state = 'queued'"
        f" AND NOT EXISTS (SELECT 1 FROM settings WHERE name = '{operations.PAUSED}')"
        " UNION ALL"
        " SELECT (SELECT min(owner) FROM jobs WHERE state = 'queued' AND owner > waiting.owner)"
        " FROM waiting WHERE waiting.owner IS NOT NULL"
        ") SELECT owner FROM waiting WHERE owner IS NOT NULL"
    )
)
FOREMOST = Statement(
    text(
        "SELECT id, number, needs FROM jobs WHERE state = 'queued' AND owner = :owner_"
        " ORDER BY number, id LIMIT :limit_"
    )
)


class Chooser(Protocol):
    """Who decides what a worker runs next."""

    def orders(self, owners: Sequence[str]) -> bool:
        """Whether there is anything to decide; else the first job is taken."""

    def foremost(self, owners: Sequence[str], count: int) -> Sequence[str]:
        """So many owners whose turn comes first."""

    @property
    def parked(self) -> Collection[str]:
        """Jobs that wait for a certain worker, and need not be shown."""

    def choose(self, worker: str, waiting: Sequence[Waiting]) -> Waiting | None:
        """The job that a worker is to run now."""

    def begun(self, job: Waiting, worker: str) -> None:
        """The worker has it."""

    def dropped(self, job: Waiting) -> None:
        """It does not wait any more."""


def claim(connection: Connection, worker: str, seconds: float, chooser: Chooser) -> tuple[JobRecord, Lease] | None:
    """Lease to a worker the job that is chosen for it, unless the queue is paused."""
    owners = [row[0] for row in OWNERS_WAITING.run(connection, {}).fetchall()]
    if not chooser.orders(owners):
        return operations.claim(connection, worker, seconds) if owners else None
    waiting = _window(connection, chooser.foremost(owners, OWNERS), len(chooser.parked))
    for _ in range(TRIES):
        job = chooser.choose(worker, waiting)
        if job is None:
            return None
        now = time.time()
        values = {"worker_": worker, "until_": now + seconds, "now_": now, "id_": job.id}
        row = operations.CLAIM_ONE.run(connection, values).fetchone()
        if row is not None:
            chooser.begun(job, worker)
            found = operations.record(row)
            return found, Lease(found.id, found.attempt, worker, now + seconds)
        chooser.dropped(job)  # another server was quicker, or it was cancelled
        waiting = [other for other in waiting if other.id != job.id]
    return None


def _window(connection: Connection, owners: Sequence[str], parked: int) -> list[Waiting]:
    """The first jobs of each owner, by number."""
    share = max(WINDOW // max(len(owners), 1), 1) + parked
    found = []
    for owner in owners:
        rows = FOREMOST.run(connection, {"owner_": owner, "limit_": share}).fetchall()
        found += [Waiting(id, number, owner, json.loads(needs)) for id, number, needs in rows]
    return sorted(found, key=lambda job: (job.number, job.id))
