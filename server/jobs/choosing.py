"""The scheduling policy at work in a server: told what its workers do, asked what each runs next.

Each server decides for its own workers; all look at one queue, so that owners who get fair shares of each server's
workers get fair shares of all. The store's thread asks and the loop's thread tells, hence the lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.scheduling.fleet import Kind
from server.scheduling.policy import SchedulingPolicy
from server.scheduling.waiting import Waiting

LEFT = 0.05  # seconds until a worker asks again that left a job to another one, which should ask at once
DEAF = 1.0  # seconds after which such a one counts as gone


class Ready(Protocol):
    """What of a worker matters here."""

    id: str

    @property
    def is_ready(self) -> bool:
        """Whether it could begin a job."""


@dataclass(slots=True)
class _Work:
    since: float
    loading: float  # seconds, as reckoned


class PolicyChooser:
    """A `Chooser` for these workers, which may become more. Nothing is held against a worker that asks again: whoever
    asks has nothing to do.
    """

    def __init__(self, workers: Sequence[Ready], policy: SchedulingPolicy | None = None):
        self._workers = workers
        self._policy = policy or SchedulingPolicy()
        self._lock = threading.Lock()
        self.memory: dict[str, int | None] = {}  # worker -> bytes for models, of those that were asked
        self._working: dict[str, _Work] = {}
        self._left: dict[str, float] = {}  # idle worker -> since when a job is left to it
        self._recheck: dict[str, float | None] = {}

    # -- what happens ------------------------------------------------------------------------------------------------

    def knows(self, worker: str, memory: int | None) -> None:
        """A worker has so many bytes of memory for models; None if it cannot say."""
        with self._lock:
            self.memory[worker] = memory

    def ended(self, worker: str) -> None:
        """A worker is done with its job."""
        with self._lock:
            work = self._working.pop(worker, None)
            if work is not None and worker in self._policy.fleet.seats:
                now = time.monotonic()
                self._policy.ended(worker, now, loading=min(work.loading, now - work.since))

    def lost(self, worker: str) -> None:
        """A worker's process is gone, with all models that it held."""
        with self._lock:
            self._working.pop(worker, None)
            self._policy.left(worker)

    def emptied(self) -> None:
        """All workers were told to give their models back."""
        with self._lock:
            for worker in self._policy.fleet.seats:
                self._policy.fleet.forget(worker)

    def begun(self, job: Waiting, worker: str) -> None:
        """A worker has a job."""
        with self._lock:
            seat, now = self._policy.fleet.seats[worker], time.monotonic()
            self._working[worker] = _Work(now, seat.missing(job.needs) / seat.kind.load_rate)
            self._policy.begun(job, worker, now)

    def dropped(self, job: Waiting) -> None:
        """A job does not wait any more."""
        with self._lock:
            self._policy.dropped(job.id)

    # -- questions ---------------------------------------------------------------------------------------------------

    @property
    def compares(self) -> bool:
        """Whether there are workers to compare, so that it is worth knowing them."""
        return len(self._workers) > 1

    def orders(self, owners: Sequence[str]) -> bool:
        """Whether there is anything to decide: with one worker and one owner the first job is next."""
        return self.compares or len(owners) > 1

    def foremost(self, owners: Sequence[str], count: int) -> Sequence[str]:
        """So many owners, those with the least of their shares first."""
        with self._lock:
            return self._policy.foremost(owners, count)

    @property
    def parked(self) -> Collection[str]:
        """Jobs that wait for a busy worker which holds their models."""
        with self._lock:
            return list(self._policy.parked)

    def choose(self, worker: str, waiting: Sequence[Waiting]) -> Waiting | None:
        """The job that a worker is to run now; None also where the best job for it suits another idle one better."""
        now = time.monotonic()
        with self._lock:
            self._attend(worker, now)
            placement = self._policy.pick(waiting, now, mine=[worker])
            pauses = [] if self._policy.recheck is None else [self._policy.recheck]
            if self._policy.left_to:
                pauses.append(LEFT)
                self._left |= {other: now for other in self._policy.left_to if other not in self._left}
            self._recheck[worker] = min(pauses, default=None)
        return None if placement is None else placement.job

    def recheck(self, worker: str) -> float | None:
        """Seconds after which a worker that got nothing should ask again, come what may."""
        return self._recheck.get(worker)

    def _attend(self, worker: str, now: float) -> None:
        """Bring the policy's view to what is known: who asks is idle; who is not ready, or does not ask, is not."""
        seats = self._policy.fleet.seats
        self._left.pop(worker, None)
        gone = {other.id for other in self._workers if other.id in seats and not other.is_ready} - {worker}
        gone |= {other for other, since in self._left.items() if now - since > DEAF and other in seats}
        for other in gone:
            self._policy.left(other)
        kind = Kind(memory=self.memory.get(worker))
        if worker not in seats or (seats[worker].kind != kind and not seats[worker].held):
            self._policy.joined(worker, kind)
        elif seats[worker].job is not None:  # its claim came to nothing
            self._working.pop(worker, None)
            self._policy.fleet.end(worker)
