"""Keyframes: how strong a hook is over the course of a sampling call."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

INTERPOLATIONS: dict[str, Callable[[float], float]] = {
    "linear": lambda share: share,
    "ease_in": lambda share: share**2,
    "ease_out": lambda share: 1 - (1 - share) ** 2,
    "ease_in_out": lambda share: (1 - math.cos(share * math.pi)) / 2,
}


@dataclass(frozen=True)
class Keyframe:
    """From share `start_percent` (0..1) of the sampling on, a hook's strength is multiplied by `strength`.

    It holds for at least `guarantee_steps` steps, even if the next one is due.
    """

    strength: float
    start_percent: float
    guarantee_steps: int = 1


Keyframes = tuple[Keyframe, ...]


def added(keyframes: Keyframes, more: Sequence[Keyframe]) -> Keyframes:
    """Both, in the order of their start."""
    return tuple(sorted((*keyframes, *more), key=lambda keyframe: keyframe.start_percent))


def interpolated(
    strength_start: float, strength_end: float, method: str, start_percent: float, end_percent: float, count: int
) -> list[Keyframe]:
    """`count` (2 or more) keyframes at even distances whose strengths follow a curve."""
    curve = INTERPOLATIONS[method]
    shares = [i / (count - 1) for i in range(count)]
    strengths = [strength_start + (strength_end - strength_start) * curve(share) for share in shares]
    return spread(strengths, start_percent, end_percent)


def spread(strengths: Sequence[float], start_percent: float, end_percent: float) -> list[Keyframe]:
    """A keyframe for each strength, at even distances; only the first is sure of a step."""
    last = max(1, len(strengths) - 1)
    return [
        Keyframe(strength, start_percent + (end_percent - start_percent) * i / last, 1 if i == 0 else 0)
        for i, strength in enumerate(strengths)
    ]


class Playback:
    """Keyframes during one sampling call. The first holds from the beginning, whenever it starts."""

    def __init__(self, keyframes: Keyframes, percent_to_sigma: Callable[[float], float]):
        self._waiting = [(percent_to_sigma(keyframe.start_percent), keyframe) for keyframe in keyframes[1:]]
        self._current = keyframes[0] if keyframes else Keyframe(1.0, 0.0)
        self._used = 0
        self._sigma: float | None = None

    def strength(self, sigma: float) -> float:
        """The strength of the step at `sigma`; to be asked once a step at least, in order."""
        if sigma != self._sigma:
            self._sigma = sigma
            self._advance(sigma)
            self._used += 1
        return self._current.strength

    def _advance(self, sigma: float) -> None:
        while self._used >= self._current.guarantee_steps and self._waiting and self._waiting[0][0] >= sigma:
            _, self._current = self._waiting.pop(0)
            self._used = 0
