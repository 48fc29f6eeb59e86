"""Flat morphology: a square of k x k, on pictures whose outside is ignored."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.ndimage
import torch

from nodes.imaging.shapes import check_image, chosen


def morphology(image: torch.Tensor, operation: str, size: int) -> torch.Tensor:
    """[B,H,W,C] eroded, dilated, opened, ... with a square of `size` pixels."""
    apply = chosen(OPERATIONS, operation)
    pixels = check_image(image).detach().float().cpu().numpy()
    result = np.stack([apply(picture, size) for picture in pixels])
    return torch.from_numpy(result).to(image.device)


def dilate(picture: np.ndarray, size: int) -> np.ndarray:
    """The largest value from size−1−size//2 before to size//2 after, both ways."""
    return _extremum(picture, size, scipy.ndimage.maximum_filter1d, -np.inf, -((size + 1) % 2))


def erode(picture: np.ndarray, size: int) -> np.ndarray:
    """The smallest value from size//2 before to size−1−size//2 after, both ways."""
    return _extremum(picture, size, scipy.ndimage.minimum_filter1d, np.inf, 0)


def _extremum(
    picture: np.ndarray, size: int, line_filter: Callable[..., np.ndarray], outside: float, origin: int
) -> np.ndarray:
    """`origin` shifts an even window, whose longer half scipy puts before the pixel."""
    for axis in (0, 1):
        picture = line_filter(picture, size, axis=axis, mode="constant", cval=outside, origin=origin)
    return picture


def _open(picture: np.ndarray, size: int) -> np.ndarray:
    return dilate(erode(picture, size), size)


def _close(picture: np.ndarray, size: int) -> np.ndarray:
    return erode(dilate(picture, size), size)


OPERATIONS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "erode": erode,
    "dilate": dilate,
    "open": _open,
    "close": _close,
    "gradient": lambda picture, size: dilate(picture, size) - erode(picture, size),
    "bottom_hat": lambda picture, size: _close(picture, size) - picture,
    "top_hat": lambda picture, size: picture - _open(picture, size),
}
