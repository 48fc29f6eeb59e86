"""How much the queue takes on, and how often it tries."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """`capacity`: pending and running jobs at most. `retry_after`: seconds that a refused client is told to wait.

    `crashes`: workers that a job may cost before it is quarantined. `history`: ended jobs that are kept.
    """

    capacity: int = 50_000
    retry_after: int = 5
    crashes: int = 3
    history: int = 10_000
