"""Formulas of the specification on numpy, scipy and Pillow, for tests to compare nodes with."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from PIL import Image

Array = np.ndarray[Any, Any]


def equal(got: torch.Tensor, wanted: Any, atol: float = 1e-5) -> None:
    """Of one shape, and equal within `atol`."""
    wanted = torch.from_numpy(np.array(np.asarray(wanted), np.float32))
    assert got.shape == wanted.shape
    torch.testing.assert_close(got.float(), wanted, rtol=0, atol=atol)


def truncated(image: torch.Tensor) -> Array:
    return np.clip(image.numpy().astype(np.float64) * 255, 0, 255).astype(np.uint8)


def coordinates(old: int, new: int) -> Array:
    return (np.arange(new) + 0.5) * old / new - 0.5


def line_weights(old: int, new: int, method: str) -> Array:
    """The matrix [new, old] of a separable resampling without antialiasing."""
    matrix = np.zeros((new, old))
    for row, x in enumerate(coordinates(old, new)):
        if method == "nearest-exact":
            matrix[row, min(old - 1, int((row + np.float32(0.5)) * np.float32(old / new)))] = 1
        elif method == "bilinear":
            x = max(x, 0)
            left = min(int(x), old - 1)
            matrix[row, left] += 1 - (x - left)
            matrix[row, min(left + 1, old - 1)] += x - left
        elif method == "area":
            start, end = row * old // new, -(-(row + 1) * old // new)
            matrix[row, start:end] = 1 / (end - start)
        else:
            left = math.floor(x)
            for tap in range(-1, 3):
                matrix[row, min(max(left + tap, 0), old - 1)] += cubic(x - left - tap)
    return matrix


def cubic(distance: float, a: float = -0.75) -> float:
    d = abs(distance)
    if d <= 1:
        return (a + 2) * d**3 - (a + 3) * d**2 + 1
    return a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a if d < 2 else 0.0


def resized(image: torch.Tensor, width: int, height: int, method: str, center: bool = False) -> Array:
    """[B,H,W,C] -> [B,height,width,C]."""
    old_height, old_width = image.shape[1:3]
    if center:
        x = y = 0
        if old_width / old_height > width / height:
            x = round((old_width - old_width * ((width / height) / (old_width / old_height))) / 2)
        elif old_width / old_height < width / height:
            y = round((old_height - old_height * ((old_width / old_height) / (width / height))) / 2)
        image = image[:, y : old_height - y, x : old_width - x]
    if method == "lanczos":
        small = [Image.fromarray(item).resize((width, height), Image.Resampling.LANCZOS) for item in truncated(image)]
        return np.stack([np.array(item) for item in small]) / 255
    rows = line_weights(image.shape[1], height, method)
    columns = line_weights(image.shape[2], width, method)
    return np.einsum("yh,xw,bhwc->byxc", rows, columns, image.numpy().astype(np.float64), optimize=True)


def gaussian(radius: int, sigma: float) -> Array:
    x = np.linspace(-1, 1, 2 * radius + 1)
    weights = np.exp(-(x[:, None] ** 2 + x[None] ** 2) / (2 * sigma**2))
    return weights / weights.sum()
