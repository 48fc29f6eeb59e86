"""Renders scenes with Pillow: drawn at four times the size, then averaged down, so that edges are smooth."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tools.default_model.palette import COLOURS, RGB, mix, shade
from tools.default_model.scenes import Backdrop, Landscape, Scene, Thing

SIZE = 128  # pixels a side
SCALE = 4
RADII = {"small": 14, "medium": 20, "large": 26}
CENTRES = {"left": (36, 64), "right": (92, 64), "centre": (64, 64), "top": (64, 36), "bottom": (64, 92)}
STRIPE = 16
OUTLINE = 5
# Shapes of the same radius should look equally large.
_REACH = {"circle": 1.0, "square": 0.9, "triangle": 1.2, "star": 1.25, "ring": 1.12, "cross": 1.1}
_HOLE = 0.56
_WINDOW = (90, 60, 40)

Point = tuple[float, float]


def render(scene: Scene, outlined: bool = False, size: int = SIZE) -> NDArray[np.uint8]:
    """The scene as [size, size, 3], `size` a divisor of 512.

    `outlined` draws things as hollow lines in their colour (the LoRA's style).
    """
    image = _landscape(scene) if isinstance(scene, Landscape) else _backdrop(scene.backdrop)
    if not isinstance(scene, Landscape):
        for thing in scene.things:
            _thing(image, thing, outlined)
    return np.asarray(image.reduce(SIZE * SCALE // size))


def silhouette(thing: Thing) -> NDArray[np.bool_]:
    """Where the thing is, [128, 128]."""
    image = Image.new("RGB", (SIZE * SCALE, SIZE * SCALE))
    _thing(image, Thing(thing.shape, "white", thing.size, thing.place, thing.dx, thing.dy), outlined=False)
    return np.asarray(image.reduce(SCALE))[..., 0] > 122


def _backdrop(backdrop: Backdrop) -> Image.Image:
    base, second, side = COLOURS[backdrop.colour], shade(backdrop.colour), SIZE * SCALE
    if backdrop.style == "gradient":
        share = np.linspace(0, 1, side)[:, None, None]
        line = np.array(base) + (np.array(second, dtype=float) - np.array(base)) * share
        pixels = np.broadcast_to(line, (side, side, 3)).round().astype(np.uint8)
        return Image.fromarray(np.ascontiguousarray(pixels.swapaxes(0, 1) if backdrop.across else pixels))
    image = Image.new("RGB", (side, side), base)
    if backdrop.style == "striped":
        draw, step = ImageDraw.Draw(image), STRIPE * SCALE
        for start in range(step, side, 2 * step):
            end = start + step - 1
            draw.rectangle((start, 0, end, side) if backdrop.across else (0, start, side, end), fill=second)
    return image


def _thing(image: Image.Image, thing: Thing, outlined: bool) -> None:
    """Cut out by a mask, so that a ring shows what is behind it."""
    x, y = ((at + move) * SCALE for at, move in zip(CENTRES[thing.place], (thing.dx, thing.dy), strict=True))
    radius = RADII[thing.size] * _REACH[thing.shape] * SCALE
    mask = Image.new("L", image.size)
    _fill(ImageDraw.Draw(mask), thing.shape, (x, y), radius, 255)
    if outlined:
        _hollow(mask, thing.shape, (x, y), radius)
    image.paste(COLOURS[thing.colour], (0, 0), mask)


def _fill(draw: ImageDraw.ImageDraw, shape: str, centre: Point, radius: float, value: int) -> None:
    if shape in ("circle", "ring"):
        draw.ellipse(_box(centre, radius), fill=value)
        if shape == "ring":
            draw.ellipse(_box(centre, radius * _HOLE), fill=0)
    else:
        draw.polygon(corners(shape, centre, radius), fill=value)


def _hollow(mask: Image.Image, shape: str, centre: Point, radius: float) -> None:
    """Leaves a line of OUTLINE pixels along the edge."""
    from scipy import ndimage

    inside = ndimage.distance_transform_edt(np.asarray(mask)) > OUTLINE * SCALE / (2 if shape == "ring" else 1)
    mask.paste(0, (0, 0), Image.fromarray(inside.astype(np.uint8) * 255))


def _box(centre: Point, radius: float) -> tuple[float, float, float, float]:
    return centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius


def corners(shape: str, centre: Point, radius: float) -> list[Point]:
    """The corners of a straight-edged shape, in order."""
    x, y = centre
    if shape == "square":
        return [(x - radius, y - radius), (x + radius, y - radius), (x + radius, y + radius), (x - radius, y + radius)]
    if shape == "cross":
        arm = radius * 0.36
        quarter = [(arm, -radius), (arm, -arm), (radius, -arm)]
        return _rotated(quarter, centre, 4)
    if shape == "triangle":
        return _rotated([(0.0, -radius)], centre, 3)
    return _rotated([(0.0, -radius), _polar(radius * 0.45, math.pi / 5)], centre, 5)


def _polar(radius: float, angle: float) -> Point:
    """Clockwise from twelve o'clock."""
    return radius * math.sin(angle), -radius * math.cos(angle)


def _rotated(points: list[Point], centre: Point, times: int) -> list[Point]:
    turned = []
    for n in range(times):
        cos, sin = math.cos(2 * math.pi * n / times), math.sin(2 * math.pi * n / times)
        turned += [(centre[0] + a * cos - b * sin, centre[1] + a * sin + b * cos) for a, b in points]
    return turned


def _landscape(scene: Landscape) -> Image.Image:
    image = _backdrop(scene.sky)
    draw = ImageDraw.Draw(image)
    x = CENTRES[scene.place][0] * SCALE
    y = (30 + 8 * scene.lift) * SCALE
    if scene.kind != "house":
        radius = (15 if scene.kind == "sea" else 17) * SCALE
        draw.ellipse(_box((x, y), radius), fill=COLOURS[scene.light])
    _GROUNDS[scene.kind](draw, scene)
    return image


def _hills(draw: ImageDraw.ImageDraw, scene: Landscape) -> None:
    far, near = shade(scene.ground), COLOURS[scene.ground]
    _curve(draw, 74 + 8 * scene.lift, 9, 1.0, 0.6 + 3 * scene.lift, far)
    _curve(draw, 92 + 4 * scene.lift, 8, 1.3, 2.6 - 2 * scene.lift, near)


def _sea(draw: ImageDraw.ImageDraw, scene: Landscape) -> None:
    draw.rectangle((0, 76 * SCALE, SIZE * SCALE, SIZE * SCALE), fill=COLOURS[scene.ground])
    for row in (88, 104, 120):
        _curve(draw, row, 2.5, 4, 6 * scene.lift + row, shade(scene.ground), thickness=5)


def _mountains(draw: ImageDraw.ImageDraw, scene: Landscape) -> None:
    shift = 16 * scene.lift
    for peak, height, colour in ((92 - shift, 60, shade(scene.ground)), (30 + shift, 68, COLOURS[scene.ground])):
        points = [(peak, 128 - height), (peak + 62, 130), (peak - 62, 130)]
        draw.polygon([(a * SCALE, b * SCALE) for a, b in points], fill=colour)


def _house(draw: ImageDraw.ImageDraw, scene: Landscape) -> None:
    x, ground = CENTRES[scene.place][0], 92 + 6 * scene.lift
    draw.rectangle((0, ground * SCALE, SIZE * SCALE, SIZE * SCALE), fill=COLOURS[scene.ground])
    wall = COLOURS[scene.light]
    _rectangle(draw, (x - 22, ground - 32, x + 22, ground + 8), wall)
    roof = [(x - 28, ground - 32), (x, ground - 58), (x + 28, ground - 32)]
    draw.polygon([(a * SCALE, b * SCALE) for a, b in roof], fill=mix(wall, (0, 0, 0), 0.45))
    _rectangle(draw, (x - 6, ground - 14, x + 6, ground + 8), _WINDOW)


_GROUNDS = {"hills": _hills, "sea": _sea, "mountains": _mountains, "house": _house}


def _rectangle(draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float], colour: RGB) -> None:
    draw.rectangle(tuple(round(edge * SCALE) for edge in box), fill=colour)


def _curve(
    draw: ImageDraw.ImageDraw, y: float, height: float, waves: float, phase: float, colour: RGB, thickness: float = SIZE
) -> None:
    """A wavy edge at y, filled below for `thickness`."""
    xs = range(0, SIZE + 1)
    line = [(x, y + height * math.sin(2 * math.pi * waves * x / SIZE + phase)) for x in xs]
    outline = [*line, *((x, below + thickness) for x, below in reversed(line))]
    draw.polygon([(a * SCALE, b * SCALE) for a, b in outline], fill=colour)
