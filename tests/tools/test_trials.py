"""Tests of meaning: the model that ships paints what captions say, and its files do what they are for.

A reduced set, with room below the figures in docs/model-card.md for the few attempts; all of it is
`python -m benchmarks.default_model`.
"""

from __future__ import annotations

import pytest

from tools.default_model import trials
from tools.default_model.studio import Studio


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio()


def test_captions(studio: Studio) -> None:
    shares = trials.captions(studio, 12)
    assert min(shares.values()) >= 0.75


def test_repainting(studio: Studio) -> None:
    shares = trials.repainting(studio, 5)
    assert min(shares.values()) >= 0.6


def test_a_negative_prompt_removes_a_colour(studio: Studio) -> None:
    shares = trials.refusing(studio, 6)
    assert shares["refused"] < shares["by itself"]


def test_a_control_net_keeps_edges(studio: Studio) -> None:
    assert trials.tracing(studio, 4)["edges kept"] >= 0.75


def test_a_style_grows_with_its_strength(studio: Studio) -> None:
    weak, middle, strong = trials.styling(studio, 3).values()
    assert weak < middle < strong


def test_enlarging_keeps_a_picture_whole(studio: Studio) -> None:
    assert trials.enlarging(studio, 2)["whole at 256"] >= 0.5
