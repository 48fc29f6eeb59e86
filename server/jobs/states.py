"""The states of a job and how it may go from one to another."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"  # accepted and durable; waits for a worker, in the order of `number`, then `id`
    PAUSED = "paused"  # accepted and durable; keeps its place, but no worker takes it until it is resumed
    RUNNING = "running"  # leased to a worker, under an attempt number that fences off every earlier attempt
    CANCELLING = "cancelling"  # still leased, but asked to stop; whatever its worker does, it is never run again
    SUCCEEDED = "succeeded"  # ended well: all its files are there, with the recorded sizes and hashes
    FAILED = "failed"  # a node of it raised, or its files could not be kept; the events say which and why
    CANCELLED = "cancelled"  # stopped by request, before or while it ran
    QUARANTINED = "quarantined"  # lost its worker as often as is allowed; runs again only if somebody retries it


PENDING = frozenset({State.QUEUED, State.PAUSED})
LEASED = frozenset({State.RUNNING, State.CANCELLING})
OPEN = PENDING | LEASED
ENDED = frozenset(State) - OPEN

# state -> the states that may follow; every change in the store is an UPDATE guarded by the left side
TRANSITIONS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.PAUSED, State.RUNNING, State.CANCELLED}),
    State.PAUSED: frozenset({State.QUEUED, State.CANCELLED}),
    State.RUNNING: frozenset(
        {State.CANCELLING, State.QUEUED, State.SUCCEEDED, State.FAILED, State.CANCELLED, State.QUARANTINED}
    ),
    State.CANCELLING: frozenset({State.CANCELLED, State.FAILED}),
    State.SUCCEEDED: frozenset(),
    State.FAILED: frozenset({State.QUEUED}),
    State.CANCELLED: frozenset({State.QUEUED}),
    State.QUARANTINED: frozenset({State.QUEUED}),
}


def before(target: State) -> frozenset[State]:
    """The states that a job may leave for `target`."""
    return frozenset(state for state, following in TRANSITIONS.items() if target in following)
