"""The eight colours of the data set, a second shade of each, and the distance by which eyes tell them apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

RGB = tuple[int, int, int]

COLOURS: dict[str, RGB] = {
    "red": (214, 40, 40),
    "orange": (245, 140, 30),
    "yellow": (250, 218, 55),
    "green": (45, 160, 75),
    "blue": (45, 95, 215),
    "purple": (130, 60, 175),
    "white": (244, 244, 240),
    "black": (28, 28, 32),
}
# What a shade of each colour leans towards so that it stays that colour to the eye, and how far.
_LEANINGS: dict[str, tuple[RGB, float]] = {
    "red": ((0, 0, 0), 0.30),
    "orange": ((255, 255, 255), 0.25),
    "yellow": ((255, 255, 255), 0.45),
    "white": ((0, 0, 0), 0.16),
    "black": ((255, 255, 255), 0.20),
}
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE_POINT = np.array([0.95047, 1.0, 1.08883])


def mix(first: RGB, second: RGB, share: float) -> RGB:
    """`first` with a share (0..1) of `second` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def shade(name: str) -> RGB:
    """The second tone of a colour, for stripes, gradients and hills behind hills."""
    towards, share = _LEANINGS.get(name, ((255, 255, 255), 0.30))
    return mix(COLOURS[name], towards, share)


def to_lab(rgb: NDArray[Any]) -> NDArray[np.float64]:
    """sRGB [..., 3] in 0..255 as CIE L*a*b* under D65 (CIE 15:2004), where distance is roughly what eyes see."""
    signal = np.asarray(rgb, dtype=np.float64) / 255
    linear = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T / _WHITE_POINT
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def nearest_colours(rgb: NDArray[Any]) -> NDArray[np.intp]:
    """For every pixel [..., 3] (0..255), the number of the palette colour that it or its shade is nearest to."""
    names = list(COLOURS)
    tones = np.array([COLOURS[name] for name in names] + [shade(name) for name in names])
    lab, known = to_lab(rgb), to_lab(tones)
    squared = sum((lab[..., None, axis] - known[:, axis]) ** 2 for axis in range(3))
    nearest: NDArray[np.intp] = np.argmin(squared, axis=-1) % len(names)
    return nearest
