"""The states, as data."""

from __future__ import annotations

from server.jobs.states import ENDED, LEASED, OPEN, PENDING, TRANSITIONS, State, before


def test_every_state_is_in_exactly_one_group() -> None:
    assert sorted([*PENDING, *LEASED, *ENDED]) == sorted(State)
    assert PENDING | LEASED == OPEN
    assert set(TRANSITIONS) == set(State)


def test_a_job_that_was_told_to_stop_never_succeeds_and_success_is_final() -> None:
    assert TRANSITIONS[State.CANCELLING] <= ENDED - {State.SUCCEEDED}
    assert not TRANSITIONS[State.SUCCEEDED]


def test_every_state_can_be_reached_and_every_open_job_can_end() -> None:
    reached, wave = set(), {State.QUEUED}
    while wave:
        reached |= wave
        wave = set().union(*(TRANSITIONS[state] for state in wave)) - reached
    assert reached == set(State)
    assert all(TRANSITIONS[state] for state in OPEN)


def test_before_is_the_other_way_round() -> None:
    assert before(State.CANCELLING) == {State.RUNNING}
    assert before(State.PAUSED) == {State.QUEUED}
