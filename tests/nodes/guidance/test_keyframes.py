"""Strengths over the course of a sampling call."""

from __future__ import annotations

import pytest

from nodes.guidance.keyframes import Keyframe, Playback, added, interpolated, spread


def played(*keyframes: Keyframe, steps: int = 10) -> list[float]:
    """The strength at every step, sigma falling evenly from 1."""
    playback = Playback(keyframes, lambda percent: 1 - percent)
    return [playback.strength(1 - step / steps) for step in range(steps)]


def test_without_keyframes_the_strength_is_the_hooks_own() -> None:
    assert played(steps=3) == [1.0, 1.0, 1.0]


def test_keyframes_hold_until_the_next_is_due() -> None:
    assert played(Keyframe(2.0, 0.0), Keyframe(0.5, 0.3), Keyframe(0.0, 0.8)) == [2.0] * 3 + [0.5] * 5 + [0.0] * 2


def test_the_first_holds_from_the_beginning() -> None:
    assert played(Keyframe(2.0, 0.5), Keyframe(3.0, 0.9)) == [2.0] * 9 + [3.0]


def test_keyframes_that_are_sure_of_steps_get_them() -> None:
    crowded = Keyframe(1.0, 0.0), Keyframe(2.0, 0.5, guarantee_steps=2), Keyframe(3.0, 0.5)
    assert played(*crowded) == [1.0] * 5 + [2.0] * 2 + [3.0] * 3
    skipped = Keyframe(1.0, 0.0), Keyframe(2.0, 0.5, guarantee_steps=0), Keyframe(3.0, 0.5, guarantee_steps=0)
    assert played(*skipped) == [1.0] * 5 + [3.0] * 5


def test_the_same_step_may_ask_twice() -> None:
    playback = Playback((Keyframe(1.0, 0.0), Keyframe(2.0, 0.0)), lambda percent: 1 - percent)
    assert [playback.strength(sigma) for sigma in (1.0, 1.0, 0.9)] == [1.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("method", "middle"), [("linear", 0.5), ("ease_in", 0.25), ("ease_out", 0.75), ("ease_in_out", 0.5)]
)
def test_curves(method: str, middle: float) -> None:
    frames = interpolated(0.0, 1.0, method, 0.2, 0.6, 3)
    assert [frame.strength for frame in frames] == pytest.approx([0.0, middle, 1.0])
    assert [frame.start_percent for frame in frames] == pytest.approx([0.2, 0.4, 0.6])


def test_order_is_by_start() -> None:
    frames = added((Keyframe(1.0, 0.5),), spread([3.0, 4.0], 0.0, 1.0))
    assert [frame.strength for frame in frames] == [3.0, 1.0, 4.0]
    assert spread([2.0], 0.3, 1.0) == [Keyframe(2.0, 0.3)]
