"""Colours are far apart to the eye, and their shades still belong to them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from tools.default_model.palette import COLOURS, mix, nearest_colours, shade, to_lab

NAMES = list(COLOURS)


@pytest.mark.parametrize(
    ("rgb", "lab"), [((255, 255, 255), (100, 0, 0)), ((255, 0, 0), (53.24, 80.09, 67.20)), ((0, 0, 0), (0, 0, 0))]
)
def test_known_values_of_lab(rgb: tuple[int, int, int], lab: tuple[float, float, float]) -> None:
    np.testing.assert_allclose(to_lab(np.array(rgb)), lab, atol=0.1)


def test_colours_and_their_shades_are_far_from_all_other_colours() -> None:
    for first, second in combinations(NAMES, 2):
        for one in (COLOURS[first], shade(first)):
            for other in (COLOURS[second], shade(second)):
                assert np.linalg.norm(to_lab(np.array(one)) - to_lab(np.array(other))) > 20, (first, second)


def test_the_nearest_colour_is_known_in_spite_of_noise() -> None:
    numbers = np.random.default_rng(0)
    for index, name in enumerate(NAMES):
        for tone in (COLOURS[name], shade(name), mix(COLOURS[name], shade(name), 0.5)):
            noisy = np.array(tone) + numbers.normal(0, 4, (50, 3))
            assert (nearest_colours(noisy.clip(0, 255)) == index).mean() > 0.97, name
