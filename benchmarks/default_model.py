"""How well the shipped model does what it is for: `python -m benchmarks.default_model [--sheet FILE]`.

Captions of combinations that training never saw, fixed seeds, 20 steps, by the nodes that workflows use; an independent
measure reads the pictures. Exits with 1 where a figure misses its target.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from nodes.models.default import FOLDER
from tools.default_model import trials
from tools.default_model.sheet import captioned
from tools.default_model.studio import Picture, Studio

# trial -> figure -> the least that it must reach
TARGETS = {
    "captions": {"colour": 0.92, "backdrop": 0.92, "shape": 0.85, "place": 0.85},
    "repainting": {"new colour": 0.80, "same place": 0.80},
    "tracing": {"edges kept": 0.80, "colour": 0.80},
    "enlarging": {"whole at 256": 0.80},
    "styling": {"hollow at 1": 0.15},
}
# The one whose figures are compared with each other instead.
PAIRS = {"refusing": ("by itself", "refused")}
_ON_SHEET = 32


def main() -> None:
    """Paint, measure, print; keep a sheet if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=FOLDER, help="a models/ folder (the one that ships)")
    parser.add_argument("--count", type=int, default=128, help="captions; the other trials take a quarter (128)")
    parser.add_argument("--trial", action="append", choices=[*TARGETS, *PAIRS], help="this one alone (all)")
    parser.add_argument("--sheet", type=Path, help=f"where to keep the first {_ON_SHEET} pictures")
    arguments = parser.parse_args()
    studio, pictures = Studio(arguments.models), list[Picture]()
    studio.paint("a red circle", 0)  # so that the pace does not count loading
    missed = False
    for trial in arguments.trial or [*TARGETS, *PAIRS]:
        started = time.perf_counter()
        figures = _attempt(trial, studio, arguments.count, pictures.append)
        print(f"{trial} ({time.perf_counter() - started:.0f} s)")
        for line, good in _judged(trial, figures):
            print(f"  {line}{'' if good else '  <- missed'}", flush=True)
            missed |= not good
    if arguments.sheet:
        told = trials.held_out_captions(arguments.count)[1]
        captioned(np.stack(pictures[:_ON_SHEET]), told[:_ON_SHEET]).save(arguments.sheet)
    raise SystemExit(missed)


def _attempt(trial: str, studio: Studio, count: int, keep: Callable[[Picture], None]) -> dict[str, float]:
    if trial == "captions":
        return trials.captions(studio, count, keep)
    attempt: Callable[[Studio, int], dict[str, float]] = getattr(trials, trial)
    return attempt(studio, max(4, count // 4))


def _judged(trial: str, figures: dict[str, float]) -> Iterator[tuple[str, bool]]:
    if trial in PAIRS:
        more, less = PAIRS[trial]
        told = ", ".join(f"{name} {value:.1%}" for name, value in figures.items())
        yield f"{told} (target: {more} at least twice {less})", figures[more] >= 2 * max(figures[less], 0.02)
        return
    for name, value in figures.items():
        target = TARGETS[trial].get(name)
        told = f" (target {target:.0%})" if target is not None else ""
        yield f"{name:12} {value:6.1%}{told}", target is None or value >= target


if __name__ == "__main__":
    main()
