"""Fair shares of the workers' time: start-time fair queueing (Goyal, Vin and Cheng, 1996).

Each owner has a tag in virtual time that moves on by the seconds that their jobs take; whose tag is lowest comes next.
While two owners both have jobs waiting, what they were given differs by no more than a job of each.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence

from server.scheduling.waiting import Waiting

PRUNE = 1024  # owners whose tags are kept before those that say nothing any more are dropped


class FairShare:
    """`weights`: owner -> share, 1 for who is not named."""

    def __init__(self, weights: Mapping[str, float] | None = None):
        self._weights = dict(weights or {})
        self._tags: dict[str, float] = {}
        self._clock = 0.0

    def order(self, jobs: Sequence[Waiting], cost: Callable[[Waiting], float]) -> Iterator[Waiting]:
        """The jobs in the order in which they should begin, if each takes its `cost` in seconds.

        `jobs` are in the order that their owners want, which is kept among the jobs of each.
        """
        lists: dict[str, list[Waiting]] = {}
        for job in jobs:
            lists.setdefault(job.owner, []).append(job)
        # equal tags: whose first job was asked for first
        heap = [(self._start(owner), index, owner, 0) for index, owner in enumerate(lists)]
        heapq.heapify(heap)
        while heap:
            tag, index, owner, place = heap[0]
            yield (job := lists[owner][place])
            if place + 1 < len(lists[owner]):
                heapq.heapreplace(heap, (tag + cost(job) / self._weight(owner), index, owner, place + 1))
            else:
                heapq.heappop(heap)

    def foremost(self, owners: Sequence[str], count: int) -> Sequence[str]:
        """So many of these owners, those with the lowest tags."""
        return owners if len(owners) <= count else heapq.nsmallest(count, owners, key=self._start)

    def begun(self, owner: str, cost: float) -> None:
        """A job of an owner begins, and may take `cost` seconds."""
        start = self._start(owner)
        self._clock = start
        self._tags[owner] = start + cost / self._weight(owner)
        if len(self._tags) > PRUNE:
            self._tags = {owner: tag for owner, tag in self._tags.items() if tag > self._clock}

    def ended(self, owner: str, error: float) -> None:
        """A job took `error` seconds longer than was reckoned when it began, or (negative) less."""
        if owner in self._tags:
            self._tags[owner] += error / self._weight(owner)

    def _start(self, owner: str) -> float:
        return max(self._tags.get(owner, 0.0), self._clock)

    def _weight(self, owner: str) -> float:
        return self._weights.get(owner, 1.0)
