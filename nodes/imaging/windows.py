"""The largest or smallest value of a window around every pixel."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn.functional import pad

from nodes.imaging.strips import ROWS

Extremum = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def largest(image: torch.Tensor, before: int, after: int) -> torch.Tensor:
    """[H,W,C]: the largest value from `before` pixels before to `after` after, both ways; outside nothing counts."""
    return _window(image, before, after, torch.maximum, -torch.inf)


def smallest(image: torch.Tensor, before: int, after: int) -> torch.Tensor:
    """[H,W,C]: the smallest value from `before` pixels before to `after` after, both ways; outside nothing counts."""
    return _window(image, before, after, torch.minimum, torch.inf)


def _window(image: torch.Tensor, before: int, after: int, extremum: Extremum, outside: float) -> torch.Tensor:
    """Strips of rows, of which each needs some of its neighbours', bound the memory."""
    height = image.shape[0]
    above, below = min(before, height - 1), min(after, height - 1)
    rows = max(ROWS, above + below)
    result = torch.empty_like(image, memory_format=torch.contiguous_format)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        first, last = max(0, top - above), min(height, bottom + below)
        ends = (above - (top - first), below - (last - bottom))
        strip = _along(pad(image[first:last], (0, 0, 0, 0, *ends), value=outside), 0, above + below + 1, extremum)
        left, right = min(before, image.shape[1] - 1), min(after, image.shape[1] - 1)
        wide = pad(strip, (0, 0, left, right), value=outside)
        result[top:bottom] = _along(wide, 1, left + right + 1, extremum)
    return result


def _along(image: torch.Tensor, axis: int, size: int, extremum: Extremum) -> torch.Tensor:
    """Of every `size` neighbours along an axis, which loses size−1. The windows double until two of them cover one."""
    width, left = 1, image.shape[axis] - size + 1
    while 2 * width <= size:
        count = image.shape[axis] - width
        image = extremum(image.narrow(axis, 0, count), image.narrow(axis, width, count))
        width *= 2
    if width == size:
        return image
    return extremum(image.narrow(axis, 0, left), image.narrow(axis, size - width, left))
