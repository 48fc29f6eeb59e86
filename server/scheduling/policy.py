"""The scheduling policy: one object that says which job runs next, and on which worker.

Jobs go in a fair order (see `FairShare`); within what one owner asked for, by number. The policy departs from that
order only to save loading, in two ways, each of which is limited:

- A job may be overtaken by a later one whose models an idle worker holds already, until overtakers have taken
  `patience` seconds from the fleet; then it is the next to run, wherever (delay scheduling, Zaharia et al., 2010).
- A job may be parked: it waits for a busy worker that holds its models, if that is expected to be free within the time
  that loading them elsewhere costs, and for no longer than that (the ski-rental rule, Karlin et al., 1988). Loading
  costs more than the time it takes, as it displaces models that others will have to load again.

With one worker nothing is overtaken or parked, nor is ever a job that was asked to the front.

No clock, no chance, no effects: the same calls give the same decisions, in the server and in the simulation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from server.scheduling.durations import Durations
from server.scheduling.fairness import FairShare
from server.scheduling.fleet import Fleet, Kind, Seat
from server.scheduling.waiting import Placement, Waiting

DISPLACING = 3.0  # what a second of loading costs, in seconds of work; found with tools/simulate
PARKS = 8  # jobs that one decision may park; it is bounded by that
PARKED = 256  # jobs that are parked at once
LAGS = 10_000  # jobs whose overtaking is remembered; the oldest entries, of jobs that were cancelled, are dropped


@dataclass(frozen=True, slots=True)
class Terms:
    """`patience`: seconds of the fleet's time that overtakers may take before a job.

    `window`: waiting jobs that are looked at for a decision.
    """

    patience: float = 30.0
    window: int = 64


@dataclass(frozen=True, slots=True)
class _Parked:
    """A job that waits for a busy worker, until a time at most."""

    job: Waiting
    until: float


@dataclass(slots=True)
class _Begun:
    job: Waiting
    at: float
    cost: float


class SchedulingPolicy:
    """Decides; is told what happens. Times are seconds of any one clock; `fleet` is changed by its methods only."""

    def __init__(self, terms: Terms | None = None, shares: FairShare | None = None):
        self.terms = terms or Terms()
        self.fleet = Fleet()
        self.recheck: float | None = None  # seconds from the last `pick` until it should be asked again, come what may
        self.left_to: Collection[str] = ()  # idle workers of others, to which the last `pick` left jobs
        self.durations = Durations()
        self._shares = shares or FairShare()
        self._overtaken: dict[str, float] = {}  # job -> seconds that overtakers took from the fleet
        self._parked: dict[str, _Parked] = {}
        self._lines: Counter[frozenset[str]] = Counter()  # how many jobs of a kind are parked
        self._running: dict[str, _Begun] = {}  # by worker

    # -- what happens ------------------------------------------------------------------------------------------------

    def joined(self, worker: str, kind: Kind | None = None) -> None:
        """A worker is there, idle and empty."""
        self._running.pop(worker, None)
        self.fleet.join(worker, kind)

    def left(self, worker: str) -> None:
        """A worker is gone."""
        self._running.pop(worker, None)
        self.fleet.leave(worker)

    def begun(self, job: Waiting, worker: str, now: float) -> None:
        """A job was given to a worker."""
        seat, cost = self.fleet.seats[worker], self.durations.expected(job)
        until = now + seat.missing(job.needs) / seat.kind.load_rate + cost / seat.kind.speed
        self._shares.begun(job.owner, cost)
        self.dropped(job.id)
        self._running[worker] = _Begun(job, now, cost)
        self.fleet.begin(worker, job.id, job.needs, until)

    def ended(self, worker: str, now: float, *, loading: float = 0.0) -> None:
        """A worker's job is over, however it ended. `loading`: seconds of it that went into loading models."""
        begun = self._running.pop(worker, None)
        self.fleet.end(worker)
        if begun is not None:
            seconds = (now - begun.at - loading) * self.fleet.seats[worker].kind.speed
            self.durations.learn(begun.job, seconds)
            self._shares.ended(begun.job.owner, seconds - begun.cost)

    def dropped(self, job: str) -> None:
        """A job does not wait any more, whatever became of it."""
        self._overtaken.pop(job, None)
        parked = self._parked.pop(job, None)
        if parked is not None:
            self._lines[parked.job.kind] -= 1

    # -- deciding ----------------------------------------------------------------------------------------------------

    def pick(self, jobs: Sequence[Waiting], now: float, mine: Collection[str] | None = None) -> Placement | None:
        """The next placement, or None if nothing should begin now; ask again after `recheck` seconds then.

        `jobs`: what waits, each owner's in the order that they want; the first of each owner at least, and those
        that are `parked` need not be among them. `mine`: the workers that the asker can give jobs to, all by default;
        what suits another's idle worker best is left to it.
        """
        self.recheck, self.left_to = None, ()
        if not self.fleet.idle:
            return None
        look = _Look(self, now, mine)
        found = look.along(self._candidates(jobs, now))
        self.left_to = look.taken
        if found is None:
            self.recheck = min((item.until - now for item in self._parked.values() if item.until > now), default=None)
        return found

    def foremost(self, owners: Sequence[str], count: int) -> Sequence[str]:
        """So many of these owners, those whose turn comes first."""
        return self._shares.foremost(owners, count)

    @property
    def parked(self) -> Collection[str]:
        """The jobs that wait for a busy worker."""
        return self._parked.keys()

    def _candidates(self, jobs: Sequence[Waiting], now: float) -> Iterator[Waiting]:
        """Parked jobs whose turn may have come, then the others in their fair order."""
        ripe = [item.job for item in self._parked.values() if item.until <= now or self.is_held(item.job)]
        yield from ripe
        fresh = [job for job in jobs if job.id not in self._parked]
        yield from islice(self._shares.order(fresh, self.durations.expected), self.terms.window)

    def is_held(self, job: Waiting) -> bool:
        """Whether an idle worker holds the largest of a job's models."""
        return job.anchor is not None and bool(self.fleet.idle_holders(job.anchor))

    def is_overdue(self, job: Waiting, now: float) -> bool:
        """Whether a job has been overtaken, or was parked, as much as it may be."""
        parked = self._parked.get(job.id)
        over = self._overtaken.get(job.id, 0.0) >= self.terms.patience
        return over or (parked is not None and parked.until <= now)

    def park(self, job: Waiting, now: float, cost: float) -> bool:
        """Have a job wait for a busy holder of all its models, if one is free within the `cost` of loading."""
        if job.id in self._parked:
            return True
        if len(self._parked) >= PARKED:
            return False
        late = self.durations.expected(job) / 4  # a worker that is late may be so for a while
        free = sorted(max(seat.until - now, late) for seat in self.fleet.busy_holders(job))
        line = self._lines[job.kind]
        if line >= len(free) or free[line] >= cost:
            return False
        self._parked[job.id] = _Parked(job, now + cost)
        self._lines[job.kind] += 1
        return True

    def overtake(self, jobs: Iterable[Waiting], by: Waiting) -> None:
        """Count what jobs lose to one that came later."""
        cost = self.durations.expected(by) / max(len(self.fleet), 1)
        for job in jobs:
            self._overtaken[job.id] = self._overtaken.get(job.id, 0.0) + cost
        while len(self._overtaken) > LAGS:
            del self._overtaken[next(iter(self._overtaken))]


class _Look:
    """One look along the waiting jobs. `_passed`: those that could have begun, and where; `_fallback`: the first that
    may begin after some loading.
    """

    def __init__(self, policy: SchedulingPolicy, now: float, mine: Collection[str] | None):
        self._policy, self._fleet, self._now, self._mine = policy, policy.fleet, now, mine
        self._free = policy.fleet.idle
        self.taken: set[str] = set()  # idle workers of others, which jobs before have a better claim to
        self._seats: dict[frozenset[str], Seat | None] = {}  # found in this look
        self._passed: list[tuple[Waiting, str]] = []
        self._parks = 0
        self._fallback: Placement | None = None

    def along(self, jobs: Iterable[Waiting]) -> Placement | None:
        """The placement that is best for the first of the jobs, or one of a later job that needs no loading."""
        for job in jobs:
            placement = self._at(job)
            if placement is not None:
                overtaken = [job for job, worker in self._passed if worker == placement.worker]
                self._policy.overtake(overtaken, placement.job)
                return placement
            if len(self.taken) >= self._free or (self._fallback and len(self._seats) > PARKS):
                break
        return self._fallback

    def _at(self, job: Waiting) -> Placement | None:
        """Look at the next job: its placement, if it should begin at once."""
        if self._fallback is not None and not self._policy.is_held(job):
            return None
        seat = self._best(job)
        if seat is None:  # no idle worker has the memory; one may have it for those behind
            return None
        missing = seat.missing(job.needs)
        placement = Placement(job, seat.id, missing)
        if not missing or len(self._fleet) == 1 or job.urgent or self._policy.is_overdue(job, self._now):
            return self._claim(placement)
        if self._fallback is None:
            if self._parks < PARKS and self._policy.park(job, self._now, loading_cost(seat, missing)):
                self._parks += 1
            else:
                self._fallback = self._claim(placement)
        self._passed.append((job, seat.id))
        return None

    def _claim(self, placement: Placement) -> Placement | None:
        if self._mine is None or placement.worker in self._mine:
            return placement
        seats = self._fleet.seats
        for id in self._mine:  # where nothing has to be loaded, one worker is as good as another of its speed
            seat = seats[id]
            alike = seat.job is None and seat.kind.speed == seats[placement.worker].kind.speed
            if not placement.missing and alike and not seat.missing(placement.job.needs):
                return Placement(placement.job, id, 0)
        self.taken.add(placement.worker)
        self._seats.clear()
        return None

    def _best(self, job: Waiting) -> Seat | None:
        """The idle worker on which a job costs least time; among equals, the one that loses least, longest idle."""
        if job.kind in self._seats:
            return self._seats[job.kind]
        expected = self._policy.durations.expected(job)
        best, least = None, float("inf")
        for seat in self._fleet.candidates(job.anchor, self._fleet.room(job.size)):
            if seat.id in self.taken:
                continue
            missing = seat.missing(job.needs)
            cost = loading_cost(seat, missing) + expected / seat.kind.speed
            if cost < least or (best is not None and cost == least and seat.spares(missing, best)):
                best, least = seat, cost
        self._seats[job.kind] = best
        return best


def loading_cost(seat: Seat, missing: int) -> float:
    """Seconds that loading so many bytes on a worker costs the fleet."""
    return DISPLACING * missing / seat.kind.load_rate
