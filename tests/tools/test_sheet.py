"""Shares count what is right, and sheets show every picture."""

from __future__ import annotations

import random

import numpy as np

from tools.default_model.draw import render
from tools.default_model.scenes import random_single
from tools.default_model.sheet import captioned, correct_shares

RNG = random.Random(0)
SCENES = [random_single(RNG) for _ in range(24)]
PICTURES = np.stack([render(scene) for scene in SCENES])


def test_truth_is_all_right() -> None:
    assert set(correct_shares(SCENES, PICTURES).values()) == {1.0}


def test_other_scenes_pictures_are_not() -> None:
    assert max(correct_shares(SCENES, np.roll(PICTURES, 1, axis=0)).values()) < 0.6


def test_empty_pictures_have_the_right_backdrop_at_most() -> None:
    shares = correct_shares(SCENES, np.full_like(PICTURES, 244))
    assert shares["colour"] == shares["shape"] == shares["place"] == 0


def test_a_sheet_has_eight_pictures_to_a_row() -> None:
    sheet = captioned(PICTURES[:10], ["a caption that goes on for longer than one line holds"] * 10)
    assert sheet.size == (8 * 132, 2 * 158)
    assert np.array_equal(np.asarray(sheet)[2:130, 2:130], PICTURES[0])
