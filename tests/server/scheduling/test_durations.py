"""How long jobs are expected to take."""

from __future__ import annotations

from server.scheduling import durations
from server.scheduling.durations import FIRST, Durations
from server.scheduling.waiting import Waiting

SMALL, LARGE = Waiting("s", needs={"small": 1}), Waiting("l", needs={"large": 9})


def test_nothing_is_known_at_first() -> None:
    assert Durations().expected(SMALL) == FIRST


def test_jobs_of_the_same_models_are_alike_and_others_as_the_average() -> None:
    known = Durations()
    for _ in range(100):
        known.learn(SMALL, 2.0)
        known.learn(LARGE, 20.0)
    assert abs(known.expected(SMALL) - 2.0) < 1e-6
    assert abs(known.expected(LARGE) - 20.0) < 1e-6
    assert 2.0 < known.expected(Waiting("x", needs={"unknown": 1})) < 20.0


def test_what_is_remembered_is_bounded() -> None:
    known = Durations()
    for index in range(durations.KINDS + 100):
        known.learn(Waiting(str(index), needs={str(index): 1}), 1.0)
    assert len(known._kinds) == durations.KINDS
