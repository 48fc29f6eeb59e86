"""Trials count what is right and see what is wrong, on drawings in place of a model's pictures."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from tools.default_model import trials
from tools.default_model.draw import render
from tools.default_model.scenes import Backdrop, Shapes, Thing, random_single
from tools.default_model.studio import Picture, Studio


class Draughtsman(Studio):
    """Draws what a test says instead of painting."""

    def __init__(self, **drawn: Any):
        super().__init__()
        self.__dict__.update(drawn)


def one(colour: str, shape: str = "star") -> Shapes:
    return Shapes((Thing(shape, colour, "large", "centre"),), Backdrop("white"))


def truth(prompt: str, seed: int) -> Picture:
    scenes, told = trials.held_out_captions(8)
    return render(scenes[told.index(prompt)])


def test_the_truth_is_all_right() -> None:
    kept: list[Picture] = []
    assert set(trials.captions(Draughtsman(paint=truth), 8, kept.append).values()) == {1.0}
    assert len(kept) == 8


def test_other_pictures_are_not() -> None:
    blank = np.full((128, 128, 3), 244, dtype=np.uint8)
    shares = trials.captions(Draughtsman(paint=lambda prompt, seed: blank), 8)
    assert shares["colour"] == shares["shape"] == shares["place"] == 0


def test_a_picture_that_stays_as_it_is_keeps_its_place_and_its_colour() -> None:
    studio = Draughtsman(repaint=lambda picture, prompt, seed, denoise: picture)
    assert trials.repainting(studio, 6) == {"new colour": 0, "same place": 1}


def test_a_refused_colour_is_counted_with_and_without_the_refusal() -> None:
    studio = Draughtsman(paint=lambda prompt, seed, negative, cfg: render(one("blue" if negative else "red", "circle")))
    assert trials.refusing(studio, 3) == {"by itself": 1, "refused": 0}


def test_edges_are_kept_where_the_same_thing_stands_in_the_same_place() -> None:
    assert trials.tracing(Draughtsman(trace=lambda source, prompt, seed: source), 6) == {"edges kept": 1, "colour": 0}
    elsewhere = Draughtsman(trace=lambda source, prompt, seed: np.roll(source, 40, axis=1))
    assert trials.tracing(elsewhere, 6)["edges kept"] < 0.5


def test_outlines_are_hollow() -> None:
    studio = Draughtsman(outline=lambda prompt, seed, strength: render(one("red"), outlined=strength > 0.5))
    assert list(trials.styling(studio, 2)) == ["hollow at 0", "hollow at 0.5", "hollow at 1"]
    filled, middle, hollow = trials.styling(studio, 2).values()
    assert filled == middle < 0.1
    assert hollow > 0.7


def test_what_vanishes_is_no_outline() -> None:
    def outline(prompt: str, seed: int, strength: float) -> Picture:
        return render(one("red" if strength == 0 else "white"))

    assert trials.styling(Draughtsman(outline=outline), 2)["hollow at 1"] == 0


def test_a_larger_picture_of_the_same_is_whole() -> None:
    def enlarge(picture: Picture, prompt: str, seed: int) -> Picture:
        return picture.repeat(2, axis=0).repeat(2, axis=1)

    scene = random_single(random.Random(1))
    studio = Draughtsman(paint=lambda prompt, seed: render(scene), enlarge=enlarge)
    assert trials.enlarging(studio, 2) == {"whole at 256": 1}
    broken = Draughtsman(paint=studio.paint, enlarge=lambda *_: np.tile(render(scene), (2, 2, 1)))
    assert trials.enlarging(broken, 2) == {"whole at 256": 0}
