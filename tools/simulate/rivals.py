"""What the policy is held against: the two rules that most queues have. Both give the first job to an idle worker."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from server.scheduling.fleet import Fleet, Kind, Seat
from server.scheduling.waiting import Placement, Waiting


class Scheduler(Protocol):
    """What the simulation asks of a policy; see `SchedulingPolicy`."""

    recheck: float | None

    @property
    def parked(self) -> Collection[str]:
        """Jobs that wait for a certain worker."""

    def joined(self, worker: str, kind: Kind | None = None) -> None:
        """A worker is there, idle and empty."""

    def left(self, worker: str) -> None:
        """A worker is gone."""

    def begun(self, job: Waiting, worker: str, now: float) -> None:
        """A job was given to a worker."""

    def ended(self, worker: str, now: float, *, loading: float = 0.0) -> None:
        """A worker's job is over."""

    def pick(self, jobs: Sequence[Waiting], now: float) -> Placement | None:
        """The next placement."""


class _Rule:
    """A queue that asks for nothing but an idle worker with the memory."""

    recheck: float | None = None
    parked: Collection[str] = ()

    def __init__(self) -> None:
        self.fleet = Fleet()

    def joined(self, worker: str, kind: Kind | None = None) -> None:
        self.fleet.join(worker, kind)

    def left(self, worker: str) -> None:
        self.fleet.leave(worker)

    def begun(self, job: Waiting, worker: str, now: float) -> None:
        self.fleet.begin(worker, job.id, job.needs, now)

    def ended(self, worker: str, now: float, *, loading: float = 0.0) -> None:
        self.fleet.end(worker)

    def pick(self, jobs: Sequence[Waiting], now: float) -> Placement | None:
        for job in sorted(jobs, key=lambda job: job.number):
            room = self.fleet.room(job.size)
            idle = (self.fleet.seats[id] for id in self.fleet.idle_ids())
            fitting = [seat for seat in idle if (seat.kind.memory or 0) >= room]
            if fitting:
                seat = self._next(fitting)
                return Placement(job, seat.id, seat.missing(job.needs))
        return None

    def _next(self, seats: Sequence[Seat]) -> Seat:
        raise NotImplementedError


class RoundRobin(_Rule):
    """Workers take turns; one that is busy is passed over."""

    def __init__(self) -> None:
        super().__init__()
        self._turn = -1

    def _next(self, seats: Sequence[Seat]) -> Seat:
        later = [seat for seat in seats if int(seat.id) > self._turn]
        found = min(later or seats, key=lambda seat: int(seat.id))
        self._turn = int(found.id)
        return found


class LeastLoaded(_Rule):
    """The worker that has done the least work so far."""

    def __init__(self) -> None:
        super().__init__()
        self._done: dict[str, float] = {}
        self._since: dict[str, float] = {}

    def begun(self, job: Waiting, worker: str, now: float) -> None:
        super().begun(job, worker, now)
        self._since[worker] = now

    def ended(self, worker: str, now: float, *, loading: float = 0.0) -> None:
        super().ended(worker, now)
        self._done[worker] = self._done.get(worker, 0.0) + now - self._since[worker]

    def _next(self, seats: Sequence[Seat]) -> Seat:
        return min(seats, key=lambda seat: (self._done.get(seat.id, 0.0), int(seat.id)))
