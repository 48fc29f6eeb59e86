"""Flat morphology: a square of k x k, on pictures whose outside is ignored."""

from __future__ import annotations

from collections.abc import Callable

import torch

from nodes.imaging.shapes import check_image, chosen
from nodes.imaging.windows import largest, smallest


def morphology(image: torch.Tensor, operation: str, size: int) -> torch.Tensor:
    """[B,H,W,C] eroded, dilated, opened, ... with a square of `size` pixels."""
    apply = chosen(OPERATIONS, operation)
    check_image(image)
    result = torch.empty_like(image, memory_format=torch.contiguous_format)
    for picture, target in zip(image.detach(), result, strict=True):
        target.copy_(apply(picture, size))
    return result


def dilate(picture: torch.Tensor, size: int) -> torch.Tensor:
    """The largest value from size−1−size//2 before to size//2 after, both ways."""
    return largest(picture, size - 1 - size // 2, size // 2)


def erode(picture: torch.Tensor, size: int) -> torch.Tensor:
    """The smallest value from size//2 before to size−1−size//2 after, both ways."""
    return smallest(picture, size // 2, size - 1 - size // 2)


def _open(picture: torch.Tensor, size: int) -> torch.Tensor:
    return dilate(erode(picture, size), size)


def _close(picture: torch.Tensor, size: int) -> torch.Tensor:
    return erode(dilate(picture, size), size)


OPERATIONS: dict[str, Callable[[torch.Tensor, int], torch.Tensor]] = {
    "erode": erode,
    "dilate": dilate,
    "open": _open,
    "close": _close,
    "gradient": lambda picture, size: dilate(picture, size).sub_(erode(picture, size)),
    "bottom_hat": lambda picture, size: _close(picture, size).sub_(picture),
    "top_hat": lambda picture, size: picture - _open(picture, size),
}
