"""Which scenes there are, and that none that is held out ever reaches training."""

from __future__ import annotations

import random
from itertools import islice

from tools.default_model.scenes import (
    LANDSCAPES,
    PLACES,
    SHAPES,
    SIZES,
    Backdrop,
    Landscape,
    Shapes,
    Thing,
    held_out,
    held_out_single,
    random_scene,
)


def some_scenes(count: int, seed: int = 0) -> list[Shapes | Landscape]:
    rng = random.Random(seed)
    return [random_scene(rng) for _ in range(count)]


def test_the_same_seed_gives_the_same_scenes() -> None:
    assert some_scenes(50) == some_scenes(50)
    assert some_scenes(50) != some_scenes(50, seed=1)


def test_training_never_sees_what_is_held_out() -> None:
    assert not any(held_out(scene) for scene in some_scenes(3000))


def test_held_out_scenes_are_all_held_out_and_of_every_shape() -> None:
    rng = random.Random(0)
    scenes = [held_out_single(rng) for _ in range(300)]
    assert all(held_out(scene) for scene in scenes)
    assert {scene.things[0].shape for scene in scenes} == set(SHAPES)


def test_one_held_out_thing_holds_out_the_picture() -> None:
    rng = random.Random(0)
    bad = held_out_single(rng)
    good = next(
        thing
        for shape in SHAPES
        if not held_out(Shapes((thing := Thing(shape, "red", "small", "left"),), bad.backdrop))
    )
    assert held_out(Shapes((good, bad.things[0]), bad.backdrop))
    assert not held_out(Shapes((good,), bad.backdrop))


def test_size_place_and_style_decide_nothing_about_holding_out() -> None:
    rng = random.Random(0)
    thing = held_out_single(rng).things[0]
    backdrop = held_out_single(random.Random(0)).backdrop
    for size in SIZES:
        for place in PLACES:
            changed = Thing(thing.shape, thing.colour, size, place)
            assert held_out(Shapes((changed,), Backdrop(backdrop.colour, "striped", True)))


def test_every_kind_of_scene_appears() -> None:
    scenes = some_scenes(800)
    shapes = [scene for scene in scenes if isinstance(scene, Shapes)]
    assert {len(scene.things) for scene in shapes} == {1, 2}
    assert {thing.shape for scene in shapes for thing in scene.things} == set(SHAPES)
    assert {scene.kind for scene in scenes if isinstance(scene, Landscape)} == set(LANDSCAPES)


def test_no_thing_has_the_colour_behind_it() -> None:
    shapes = (scene for scene in some_scenes(500) if isinstance(scene, Shapes))
    assert all(thing.colour != scene.backdrop.colour for scene in islice(shapes, 300) for thing in scene.things)
