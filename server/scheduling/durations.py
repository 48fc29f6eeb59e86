"""How long jobs take: what those of the same models took lately."""

from __future__ import annotations

from collections import OrderedDict

from server.scheduling.waiting import Waiting

FIRST = 5.0  # seconds, while nothing is known
SHARE = 0.2  # weight of the latest job
KINDS = 4096  # kinds of jobs that are remembered


class Durations:
    """Moving averages, in seconds of a worker of usual speed."""

    def __init__(self) -> None:
        self._all: float | None = None
        self._kinds: OrderedDict[frozenset[str], float] = OrderedDict()

    def expected(self, job: Waiting) -> float:
        """How long a job may take, loading excluded."""
        return self._kinds.get(job.kind, FIRST if self._all is None else self._all)

    def learn(self, job: Waiting, seconds: float) -> None:
        """A job took so long."""
        self._all = _mixed(self._all, seconds)
        self._kinds[job.kind] = _mixed(self._kinds.get(job.kind), seconds)
        self._kinds.move_to_end(job.kind)
        if len(self._kinds) > KINDS:
            self._kinds.popitem(last=False)


def _mixed(old: float | None, new: float) -> float:
    return new if old is None else (1 - SHARE) * old + SHARE * new
