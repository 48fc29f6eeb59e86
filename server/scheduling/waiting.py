"""What the policy knows of a job, and what it decides about one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Waiting:
    """A job that waits. `number`: its place among its owner's jobs, lower first; a negative one was asked to the front.

    `needs`: model -> bytes that it takes in a worker's memory.
    """

    id: str
    number: float = 0.0
    owner: str = ""
    needs: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def kind(self) -> frozenset[str]:
        """Jobs of the same models: they take about as long as each other, and suit the same workers."""
        return frozenset(self.needs)

    @cached_property
    def anchor(self) -> str | None:
        """The largest model, which decides where the job is cheap to start."""
        return max(self.needs, key=lambda name: (self.needs[name], name), default=None)

    @cached_property
    def size(self) -> int:
        """Bytes of all its models."""
        return sum(self.needs.values())

    @property
    def urgent(self) -> bool:
        """Whether nothing may overtake it."""
        return self.number < 0


@dataclass(frozen=True, slots=True)
class Placement:
    """A job is to run on a worker, which has `missing` bytes of models to load first."""

    job: Waiting
    worker: str
    missing: int
