"""Renders have the colours, places and edges that the scene says."""

from __future__ import annotations

import numpy as np
import pytest

from tools.default_model.draw import CENTRES, render, silhouette
from tools.default_model.palette import COLOURS, shade
from tools.default_model.scenes import LANDSCAPES, PLACES, SHAPES, Backdrop, Landscape, Shapes, Thing


def single(shape: str, place: str = "centre", style: str = "plain", across: bool = False) -> Shapes:
    return Shapes((Thing(shape, "red", "medium", place),), Backdrop("blue", style, across))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_has_its_colour_and_stands_before_its_backdrop(shape: str) -> None:
    scene = single(shape)
    picture, inside = render(scene), silhouette(scene.things[0])
    assert picture.shape == (128, 128, 3)
    assert (picture[inside] == COLOURS["red"]).all(axis=-1).mean() > 0.8
    assert (picture[~inside] == COLOURS["blue"]).all(axis=-1).mean() > 0.98


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("shape", ["circle", "star"])
def test_a_thing_lies_where_it_is_said_to(shape: str, place: str) -> None:
    ys, xs = np.nonzero(silhouette(Thing(shape, "red", "large", place)))
    middle = (xs.min() + xs.max()) / 2, (ys.min() + ys.max()) / 2
    assert np.hypot(middle[0] - CENTRES[place][0], middle[1] - CENTRES[place][1]) < 9
    assert min(xs.min(), ys.min()) > 0
    assert max(xs.max(), ys.max()) < 127


def test_sizes_grow() -> None:
    areas = [silhouette(Thing("square", "red", size, "left")).sum() for size in ("small", "medium", "large")]
    assert areas[0] * 1.5 < areas[1] < areas[2] / 1.5


def test_a_ring_shows_what_is_behind_it() -> None:
    assert tuple(render(single("ring"))[64, 64]) == COLOURS["blue"]


def test_edges_are_smooth() -> None:
    colours = {tuple(pixel) for pixel in render(single("circle")).reshape(-1, 3)}
    assert len(colours) > 8


def test_outlined_things_are_hollow_but_as_large() -> None:
    scene = single("square")
    filled, hollow = render(scene), render(scene, outlined=True)
    red = [np.nonzero((picture == COLOURS["red"]).all(axis=-1)) for picture in (filled, hollow)]
    assert len(red[1][0]) < len(red[0][0]) / 2
    assert (red[0][0].min(), red[0][0].max()) == (red[1][0].min(), red[1][0].max())


@pytest.mark.parametrize("across", [True, False])
def test_stripes_run_the_way_they_should(across: bool) -> None:
    picture = render(single("circle", "centre", "striped", across))
    line = picture[2, :] if across else picture[:, 2]
    assert {tuple(pixel) for pixel in line} == {COLOURS["blue"], shade("blue")}
    assert len({tuple(pixel) for pixel in (picture[:, 2] if across else picture[2, :])}) == 1


def test_a_gradient_goes_from_the_colour_to_its_shade() -> None:
    picture = render(single("circle", "centre", "gradient", across=True)).astype(int)
    assert abs(picture[0, 0] - COLOURS["blue"]).max() <= 2
    assert abs(picture[0, -1] - shade("blue")).max() <= 2


@pytest.mark.parametrize("kind", LANDSCAPES)
def test_landscapes_have_all_their_colours(kind: str) -> None:
    light, ground, sky = "yellow", "green", "blue"
    picture = render(Landscape(kind, light, ground, Backdrop(sky), "left"))
    present = {tuple(pixel) for pixel in picture.reshape(-1, 3)}
    assert {COLOURS[light], COLOURS[ground], COLOURS[sky]} <= present


def test_pictures_of_other_sizes_show_the_same() -> None:
    large = render(single("star"), size=256)
    assert large.shape == (256, 256, 3)
    small = large.reshape(128, 2, 128, 2, 3).mean(axis=(1, 3))
    assert abs(small - render(single("star"))).max() <= 2
