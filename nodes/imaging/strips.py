"""Working on large pictures a strip of rows at a time: the same values, in a fraction of the memory."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn.functional import conv2d

ROWS = 128


def convolve(planes: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    """`conv2d` without padding, whose scratch memory would otherwise be many times the picture."""
    margin = kernel.shape[-2] - 1
    height = planes.shape[-2] - margin
    parts = [conv2d(planes[..., top : min(top + ROWS, height) + margin, :], kernel) for top in range(0, height, ROWS)]
    return torch.cat(parts, dim=-2)


def by_strips(
    function: Callable[..., torch.Tensor | tuple[torch.Tensor, ...]], *images: torch.Tensor
) -> tuple[torch.Tensor, ...]:
    """A function of single pixels applied to [B,H,W,...] tensors; batches of one go with every other.

    The function gets parts [h,W,...] and returns one such tensor or several.
    """
    batch, height = max(image.shape[0] for image in images), images[0].shape[1]
    results: list[torch.Tensor] = []
    for item in range(batch):
        for top in range(0, height, ROWS):
            bottom = min(top + ROWS, height)
            parts = [image[item % image.shape[0]][top:bottom] for image in images]
            made = function(*parts)
            made = made if isinstance(made, tuple) else (made,)
            if not results:
                results = [part.new_empty(batch, height, *part.shape[1:]) for part in made]
            for result, part in zip(results, made, strict=True):
                result[item, top:bottom] = part
    return tuple(results)
