"""The measure reads rendered truth almost without error, and does not see what is not there."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tools.default_model.draw import render, silhouette
from tools.default_model.measure import overlap, read
from tools.default_model.scenes import SHAPES, SIZES, Backdrop, Shapes, Thing, random_pair, random_single

COUNT = 120


def correct(noise: float) -> dict[str, float]:
    rng, numbers = random.Random(7), np.random.default_rng(7)
    hits = {"backdrop": 0, "colour": 0, "shape": 0, "place": 0, "count": 0}
    for _ in range(COUNT):
        scene = random_single(rng)
        picture = render(scene) + numbers.normal(0, noise, (128, 128, 3))
        reading, thing = read(picture.clip(0, 255)), scene.things[0]
        hits["backdrop"] += reading.backdrop == scene.backdrop.colour
        hits["count"] += len(reading.things) == 1
        for name in ("colour", "shape", "place"):
            hits[name] += bool(reading.things) and getattr(reading.things[0], name) == getattr(thing, name)
    return {name: hit / COUNT for name, hit in hits.items()}


@pytest.mark.parametrize("noise", [0, 8])
def test_rendered_truth_is_read_right(noise: float) -> None:
    assert min(correct(noise).values()) >= 0.99


def test_two_things_are_told_apart() -> None:
    rng = random.Random(3)
    for _ in range(40):
        scene = random_pair(rng)
        found = {(thing.shape, thing.colour, thing.place) for thing in read(render(scene)).things}
        assert found == {(thing.shape, thing.colour, thing.place) for thing in scene.things}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_mask_is_the_thing(shape: str, size: str) -> None:
    thing = Thing(shape, "yellow", size, "right")
    reading = read(render(Shapes((thing,), Backdrop("purple", "striped"))))
    assert overlap(reading.things[0].mask, silhouette(thing)) > 0.85


def test_an_empty_picture_has_no_things() -> None:
    assert read(np.full((128, 128, 3), 244)).things == ()


def test_larger_pictures_are_read_too() -> None:
    scene = Shapes((Thing("cross", "white", "small", "top"),), Backdrop("green"))
    thing = read(render(scene, size=256)).things[0]
    assert (thing.shape, thing.colour, thing.place) == ("cross", "white", "top")


@pytest.mark.parametrize(("first", "second", "expected"), [([1, 1, 0], [0, 1, 1], 1 / 3), ([0, 0, 0], [0, 0, 0], 0)])
def test_overlap(first: list[int], second: list[int], expected: float) -> None:
    assert overlap(np.array(first, dtype=bool), np.array(second, dtype=bool)) == pytest.approx(expected)
