"""What a fleet is asked to do: jobs over time, made up or recorded."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from server.scheduling.fleet import Kind
from server.scheduling.waiting import Waiting

GB = 10**9
SIZES = (2 * GB, 4 * GB, 7 * GB, 12 * GB)  # of checkpoints, as they lie in memory
LORA = 2 * GB // 10
# What fleets are made of: old and new cards, with 12 to 48 GB.
KINDS = (Kind(0.5, 12 * GB), Kind(1.0, 16 * GB), Kind(1.0, 24 * GB), Kind(2.0, 24 * GB), Kind(3.0, 48 * GB))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A job that comes in at a time. `seconds`: what it computes on a worker of speed 1, loading excluded."""

    at: float
    job: Waiting
    seconds: float


@dataclass(frozen=True, slots=True)
class Demand:
    """A made-up load. `load`: computing (without loading) as a share of what the fleet can do.

    `models` checkpoints are asked for by Zipf's law of exponent `skew`; a job in ten adds one of `loras` LoRAs.
    `seconds`: of a job on average (log-normal, each model with a mean of its own).
    """

    jobs: int = 10_000
    load: float = 0.8
    models: int = 200
    loras: int = 500
    skew: float = 1.0
    seconds: float = 10.0
    owners: int = 20

    def arrivals(self, fleet: Sequence[Kind], seed: int = 0) -> Iterator[Arrival]:
        """The jobs, in the order in which they come (a Poisson process)."""
        chance = random.Random(seed)
        names = [f"checkpoint {index}" for index in range(self.models)]
        sizes = {name: chance.choice(SIZES) for name in names}
        means = {name: self.seconds * chance.lognormvariate(0, 0.5) for name in names}
        shares = [1 / (index + 1) ** self.skew for index in range(self.models)]
        mean = sum(share * means[name] for share, name in zip(shares, names, strict=True)) / sum(shares)
        rate = self.load * sum(kind.speed for kind in fleet) / (mean * SPREAD)
        now = 0.0
        for number in range(self.jobs):
            now += chance.expovariate(rate)
            name = chance.choices(names, shares)[0]
            needs = {name: sizes[name]}
            if chance.random() < 0.1:
                needs[f"lora {chance.randrange(self.loras)}"] = LORA
            owner = f"user {min(int(chance.expovariate(0.2)), self.owners - 1)}"
            yield Arrival(now, Waiting(f"{number}", number, owner, needs), means[name] * chance.lognormvariate(0, 0.3))


SPREAD = 2.718281828459045 ** (0.3**2 / 2)  # mean of that log-normal distribution


def recorded(file: Path) -> Iterator[Arrival]:
    """A load that was recorded: lines of {"at", "seconds", "needs"?, "owner"?}, by time."""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
        item = json.loads(line)
        job = Waiting(str(number), number, item.get("owner", ""), item.get("needs", {}))
        yield Arrival(float(item["at"]), job, float(item["seconds"]))


def fleet_of(workers: int, seed: int = 0) -> list[Kind]:
    """Workers of mixed kinds; the first is one of the largest, so that every job fits somewhere."""
    chance = random.Random(seed)
    return [KINDS[-1], *(chance.choice(KINDS) for _ in range(workers - 1))]
