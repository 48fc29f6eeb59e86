"""What the data set's pictures show: seeded descriptions, and which combinations training never sees. Pure."""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass

from tools.default_model.palette import COLOURS

SHAPES = ("circle", "square", "triangle", "star", "ring", "cross")
SIZES = ("small", "medium", "large")
PLACES = ("left", "right", "centre", "top", "bottom")
STYLES = ("plain", "striped", "gradient")
PAIRS = (("left", "right"), ("top", "bottom"))
# kind of landscape -> colours of its light or building, of its ground, of its sky
LANDSCAPES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "hills": (
        ("yellow", "orange", "red", "white"),
        ("green", "purple", "orange"),
        ("blue", "orange", "purple", "white"),
    ),
    "sea": (("white", "yellow", "orange", "red"), ("blue", "green", "purple"), ("black", "purple", "orange", "yellow")),
    "mountains": (("yellow", "white", "red"), ("purple", "black", "green"), ("blue", "orange", "yellow")),
    "house": (("red", "white", "yellow", "blue", "orange"), ("green", "yellow", "white"), ("blue", "orange", "black")),
}
_JITTER = 3  # pixels of a picture of 128
_HELD_OUT_SHARE = 10  # one in so many combinations


@dataclass(frozen=True)
class Thing:
    """One shape. `dx` and `dy` move it off the exact place, in pixels of a picture of 128."""

    shape: str
    colour: str
    size: str
    place: str
    dx: float = 0
    dy: float = 0


@dataclass(frozen=True)
class Backdrop:
    """What lies behind. `across`: stripes stand upright and gradients run from left to right, else the other way."""

    colour: str
    style: str = "plain"
    across: bool = False


@dataclass(frozen=True)
class Shapes:
    """One or two things before a backdrop."""

    things: tuple[Thing, ...]
    backdrop: Backdrop


@dataclass(frozen=True)
class Landscape:
    """A light (or a house, where the kind is that) over ground; `lift` in 0..1 varies the lie of the land."""

    kind: str
    light: str
    ground: str
    sky: Backdrop
    place: str
    lift: float = 0.5


Scene = Shapes | Landscape


def held_out(scene: Scene) -> bool:
    """Whether the scene has a combination of colours and shape that training must never see."""
    if isinstance(scene, Landscape):
        return _withheld(scene.kind, scene.light, scene.ground, scene.sky.colour)
    return any(_withheld(thing.shape, thing.colour, scene.backdrop.colour) for thing in scene.things)


def _withheld(*combination: str) -> bool:
    return zlib.crc32("/".join(combination).encode()) % _HELD_OUT_SHARE == 0


def random_scene(rng: random.Random) -> Scene:
    """Any scene that training may see: seven in ten show one thing, two in ten two, one in ten a landscape."""
    while True:
        makers = (random_single, random_pair, random_landscape)
        scene = rng.choices(makers, weights=(7, 2, 1))[0](rng)
        if not held_out(scene):
            return scene


def held_out_single(rng: random.Random) -> Shapes:
    """One thing before a backdrop, in a combination that training never saw."""
    while True:
        scene = random_single(rng)
        if held_out(scene):
            return scene


def random_single(rng: random.Random) -> Shapes:
    backdrop = random_backdrop(rng)
    place, size = rng.choice(PLACES), rng.choice(SIZES)
    return Shapes((_thing(rng, backdrop, place, size),), backdrop)


def random_pair(rng: random.Random) -> Shapes:
    """Two things of different colours, side by side or one above the other."""
    backdrop = random_backdrop(rng)
    places, size = rng.choice(PAIRS), rng.choice(SIZES[:2])
    first = _thing(rng, backdrop, places[0], size)
    while (second := _thing(rng, backdrop, places[1], size)).colour == first.colour:
        pass
    return Shapes((first, second), backdrop)


def random_backdrop(rng: random.Random) -> Backdrop:
    style = rng.choices(STYLES, weights=(2, 1, 1))[0]
    return Backdrop(rng.choice(list(COLOURS)), style, rng.random() < 0.5)


def random_landscape(rng: random.Random) -> Landscape:
    kind = rng.choice(list(LANDSCAPES))
    light, ground, sky = (rng.choice(colours) for colours in LANDSCAPES[kind])
    if len({light, ground, sky}) < 3:
        return random_landscape(rng)
    style = rng.choice(("plain", "gradient"))
    return Landscape(kind, light, ground, Backdrop(sky, style), rng.choice(PLACES[:3]), rng.random())


def _thing(rng: random.Random, backdrop: Backdrop, place: str, size: str) -> Thing:
    colour = rng.choice([name for name in COLOURS if name != backdrop.colour])
    return Thing(
        rng.choice(SHAPES), colour, size, place, rng.uniform(-_JITTER, _JITTER), rng.uniform(-_JITTER, _JITTER)
    )
