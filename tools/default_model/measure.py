"""Reads a picture of the data set without knowing its caption: colours, shapes and places of what it shows.

Independent of every network: palette distance in L*a*b* for colours, features of the contour for shapes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull

from tools.default_model.palette import COLOURS, nearest_colours

Mask = NDArray[np.bool_]

_NAMES = list(COLOURS)
_FRAME = 5  # pixels along the edges that hardly ever belong to a thing
_MIDDLE = 14  # pixels off the centre that still count as the centre
_SMALLEST = 60  # pixels of the smallest thing
_ANGLES = np.linspace(0, 2 * np.pi, 72, endpoint=False)


@dataclass(frozen=True)
class Found:
    """One thing in a picture: what it is, where its middle is (x, y in pixels) and which pixels are its own."""

    shape: str
    colour: str
    place: str
    middle: tuple[float, float]
    mask: Mask


@dataclass(frozen=True)
class Reading:
    """What a picture shows; the largest thing first."""

    backdrop: str
    things: tuple[Found, ...]


def read(picture: NDArray[Any]) -> Reading:
    """What an RGB picture [H, W, 3] (0..255) shows."""
    labels = nearest_colours(picture)
    frame = np.ones(labels.shape, dtype=bool)
    frame[_FRAME:-_FRAME, _FRAME:-_FRAME] = False
    backdrop = _commonest(labels[frame])
    # Opening drops the thin seams where edges blend into a third colour.
    other = ndimage.binary_opening(labels != backdrop, np.ones((3, 3)))
    regions, count = ndimage.label(other)
    masks = [regions == n + 1 for n in range(count)]
    large = sorted((mask for mask in masks if mask.sum() >= _SMALLEST), key=lambda mask: -int(mask.sum()))
    return Reading(_NAMES[backdrop], tuple(_found(mask, labels) for mask in large))


def overlap(first: Mask, second: Mask) -> float:
    """Intersection over union, 0..1."""
    union = float((first | second).sum())
    return float((first & second).sum()) / union if union else 0.0


def _commonest(labels: NDArray[np.intp]) -> int:
    return int(np.bincount(labels.ravel(), minlength=len(_NAMES)).argmax())


def _found(mask: Mask, labels: NDArray[np.intp]) -> Found:
    core = ndimage.binary_erosion(mask, iterations=2)
    colour = _NAMES[_commonest(labels[core if core.any() else mask])]
    ys, xs = np.nonzero(mask)
    middle = (float(xs.min() + xs.max()) / 2, float(ys.min() + ys.max()) / 2)
    return Found(shape_of(mask), colour, _place(middle, mask.shape), middle, mask)


def _place(middle: tuple[float, float], size: tuple[int, ...]) -> str:
    right, down = middle[0] - size[1] / 2, middle[1] - size[0] / 2
    if max(abs(right), abs(down)) <= _MIDDLE * size[0] / 128:
        return "centre"
    if abs(right) > abs(down):
        return "right" if right > 0 else "left"
    return "bottom" if down > 0 else "top"


def shape_of(mask: Mask) -> str:
    """The shape whose contour the mask has.

    A ring is known by its hole. For the others, the distance from the middle to the edge, as a function of the angle,
    is taken apart into waves: a triangle has three to a turn, a square and a cross four, a star five, a circle none.
    """
    filled = ndimage.binary_fill_holes(mask)
    if (filled.sum() - mask.sum()) / filled.sum() > 0.1:
        return "ring"
    radii = _radii(filled)
    waves = np.abs(np.fft.rfft(radii))[:7] / np.abs(np.fft.rfft(radii))[0]
    strongest = int(np.argmax(waves[3:6])) + 3
    if waves[strongest] < 0.022:
        return "circle"
    if strongest == 4:
        return "cross" if _solidity(filled) < 0.85 else "square"
    return "triangle" if strongest == 3 else "star"


def _radii(mask: Mask) -> NDArray[np.float64]:
    """Distance from the centre of mass to the farthest pixel of the mask in every direction."""
    y, x = ndimage.center_of_mass(mask)
    steps = np.arange(0, max(mask.shape), 0.5)
    rows = np.clip((y + steps[:, None] * np.sin(_ANGLES)).round().astype(int), 0, mask.shape[0] - 1)
    columns = np.clip((x + steps[:, None] * np.cos(_ANGLES)).round().astype(int), 0, mask.shape[1] - 1)
    hit = mask[rows, columns]
    farthest: NDArray[np.float64] = np.where(hit, steps[:, None], 0).max(axis=0)
    return farthest


def _solidity(mask: Mask) -> float:
    """Area over the area of the convex hull."""
    points = np.argwhere(mask)
    corners = np.concatenate([points + offset for offset in ((0, 0), (0, 1), (1, 0), (1, 1))])
    return float(mask.sum() / ConvexHull(corners).volume)
