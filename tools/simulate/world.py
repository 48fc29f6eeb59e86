"""The simulated world: time, workers that load models, compute and fail, and a queue that a policy empties."""

from __future__ import annotations

import heapq
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count, islice

from server.scheduling.fleet import Fleet, Kind
from server.scheduling.waiting import Placement, Waiting
from tools.simulate.load import Arrival
from tools.simulate.rivals import Scheduler

WINDOW = 64  # jobs that a policy is shown


@dataclass(frozen=True, slots=True)
class Failures:
    """Workers die at random: seconds between failures of one worker (None: never), seconds until it is back."""

    between: float | None = None
    repair: float = 30.0


@dataclass(slots=True)
class Outcome:
    """What came of a load. Lists have an entry a finished job, in seconds; `decisions`: processor seconds of each pick.

    `swapped`: whether its largest model was not there. `loaded`: bytes of models that came in for it, LoRAs included.
    """

    arrived: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    decisions: list[float] = field(default_factory=list)
    swapped: list[bool] = field(default_factory=list)
    loaded: list[int] = field(default_factory=list)
    lost: int = 0  # attempts that failures cost
    busy: float = 0.0  # seconds of all workers
    end: float = 0.0


@dataclass(frozen=True, slots=True)
class _Attempt:
    number: int
    arrival: Arrival
    since: float
    missing: int
    loading: float
    swap: bool


class World:
    """Runs a load to its end."""

    def __init__(
        self, policy: Scheduler, kinds: Sequence[Kind], failures: Failures | None = None, *, seed: int = 0
    ) -> None:
        self.policy, self.failures, self.outcome = policy, failures or Failures(), Outcome()
        self._truth = Fleet()  # what the workers really hold, whatever the policy thinks
        self._chance = random.Random(seed)
        self._events: list[tuple[float, int, str, object]] = []
        self._order = count()
        self._queues: dict[str, dict[str, Arrival]] = {}  # owner -> job -> arrival, in their order
        self._begun: dict[str, _Attempt] = {}  # by worker
        self._attempts = count()
        self._recheck = float("inf")
        for index, kind in enumerate(kinds):
            self._join(str(index), kind, 0.0)

    def run(self, arrivals: Iterable[Arrival]) -> Outcome:
        """Run all jobs."""
        source = iter(arrivals)
        self._next_arrival(source)
        while self._events and (self._begun or any(self._queues.values()) or self._coming):
            now, _, what, about = heapq.heappop(self._events)
            match what:
                case "arrival":
                    assert isinstance(about, Arrival)
                    self._queues.setdefault(about.job.owner, {})[about.job.id] = about
                    self._next_arrival(source)
                case "done":
                    assert isinstance(about, tuple)
                    self._done(about[0], about[1], now)
                case "failure":
                    self._fail(str(about), now)
                case "repair":
                    assert isinstance(about, tuple)
                    self._join(about[0], about[1], now)
            self._place(now)
            self.outcome.end = now
        return self.outcome

    def _next_arrival(self, source: Iterable[Arrival]) -> None:
        arrival = next(iter(source), None)
        self._coming = arrival is not None
        if arrival is not None:
            self._at(arrival.at, "arrival", arrival)

    def _at(self, when: float, what: str, about: object = None) -> None:
        heapq.heappush(self._events, (when, next(self._order), what, about))

    # -- workers -----------------------------------------------------------------------------------------------------

    def _join(self, worker: str, kind: Kind, now: float) -> None:
        self._truth.join(worker, kind)
        self.policy.joined(worker, kind)
        if self.failures.between is not None:
            self._at(now + self._chance.expovariate(1 / self.failures.between), "failure", worker)

    def _fail(self, worker: str, now: float) -> None:
        """The worker and its memory are gone; its job waits again, at its old place."""
        kind = self._truth.seats[worker].kind
        self._truth.leave(worker)
        self.policy.left(worker)
        if worker in self._begun:
            attempt = self._begun.pop(worker)
            job = attempt.arrival.job
            self._queues[job.owner] = {job.id: attempt.arrival, **self._queues[job.owner]}
            self.outcome.lost += 1
            self.outcome.busy += now - attempt.since
        self._at(now + self.failures.repair, "repair", (worker, kind))

    def _done(self, worker: str, number: int, now: float) -> None:
        attempt = self._begun.get(worker)
        if attempt is None or attempt.number != number:
            return  # the worker failed before it was done
        del self._begun[worker]
        self._truth.end(worker)
        self.policy.ended(worker, now, loading=attempt.loading)
        found, arrival = self.outcome, attempt.arrival
        found.arrived.append(arrival.at)
        found.waited.append(attempt.since - arrival.at)
        found.took.append(now - arrival.at)
        found.owners.append(arrival.job.owner)
        found.swapped.append(attempt.swap)
        found.loaded.append(attempt.missing)
        found.busy += now - attempt.since

    # -- the queue ---------------------------------------------------------------------------------------------------

    def _place(self, now: float) -> None:
        while any(self._queues.values()):
            window = self._window()
            began = time.process_time()
            placement = self.policy.pick(window, now)
            self.outcome.decisions.append(time.process_time() - began)
            if placement is None:
                break
            self._begin(placement, now)
        if self.policy.recheck is not None and not now < self._recheck <= now + self.policy.recheck:
            self._recheck = now + max(self.policy.recheck, 0.01)
            self._at(self._recheck, "recheck")

    def _window(self) -> list[Waiting]:
        """The first jobs of each owner, by number; those that are parked do not count."""
        queues = [queue for queue in self._queues.values() if queue]
        share, parked = max(WINDOW // max(len(queues), 1), 1), self.policy.parked
        found: list[Waiting] = []
        for queue in queues:
            fresh = (arrival.job for arrival in queue.values() if arrival.job.id not in parked)
            found += islice(fresh, share)
        return sorted(found, key=lambda job: job.number)

    def _begin(self, placement: Placement, now: float) -> None:
        job, worker = placement.job, placement.worker
        arrival = self._queues[job.owner].pop(job.id)
        seat, attempt = self._truth.seats[worker], next(self._attempts)
        missing = seat.missing(job.needs)
        swap = job.anchor is not None and job.anchor not in seat.held
        loading = missing / seat.kind.load_rate
        self._truth.begin(worker, job.id, job.needs, now)
        self.policy.begun(job, worker, now)
        self._begun[worker] = _Attempt(attempt, arrival, now, missing, loading, swap)
        self._at(now + loading + arrival.seconds / seat.kind.speed, "done", (worker, attempt))
