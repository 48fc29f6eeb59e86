"""Porter-Duff compositing (T. Porter and T. Duff, Compositing Digital Images, 1984) and its later blend modes.

S and D are premultiplied colours of source and destination, a and b their opacities.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch

from nodes.imaging.resize import common_upscale
from nodes.imaging.shapes import ImagingError, channels_first, channels_last, check_image, check_mask, chosen
from nodes.imaging.strips import by_strips

OPAQUE = 1e-5  # what is less has no colour
Formula = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


def _overlay(S: torch.Tensor, D: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return a + b - a * b, torch.where(b > 2 * D, 2 * S * D, a * b - 2 * (b - S) * (a - D))


# mode -> (opacity, premultiplied colour) of the result
MODES: dict[str, Formula] = {
    "ADD": lambda S, D, a, b: ((a + b).clamp(0, 1), (S + D).clamp(0, 1)),
    "CLEAR": lambda S, D, a, b: (torch.zeros_like(b), torch.zeros_like(D)),
    "DARKEN": lambda S, D, a, b: (a + b - a * b, (1 - b) * S + (1 - a) * D + torch.minimum(S, D)),
    "DST": lambda S, D, a, b: (b, D),
    "DST_ATOP": lambda S, D, a, b: (a, a * D + (1 - b) * S),
    "DST_IN": lambda S, D, a, b: (a * b, D * a),
    "DST_OUT": lambda S, D, a, b: ((1 - a) * b, (1 - a) * D),
    "DST_OVER": lambda S, D, a, b: (b + (1 - b) * a, D + (1 - b) * S),
    "LIGHTEN": lambda S, D, a, b: (a + b - a * b, (1 - b) * S + (1 - a) * D + torch.maximum(S, D)),
    "MULTIPLY": lambda S, D, a, b: (a * b, S * D),
    "OVERLAY": _overlay,
    "SCREEN": lambda S, D, a, b: (a + b - a * b, S + D - S * D),
    "SRC": lambda S, D, a, b: (a, S),
    "SRC_ATOP": lambda S, D, a, b: (b, b * S + (1 - a) * D),
    "SRC_IN": lambda S, D, a, b: (a * b, S * b),
    "SRC_OUT": lambda S, D, a, b: ((1 - b) * a, (1 - b) * S),
    "SRC_OVER": lambda S, D, a, b: (a + (1 - a) * b, S + (1 - a) * D),
    "XOR": lambda S, D, a, b: ((1 - b) * a + (1 - a) * b, (1 - b) * S + (1 - a) * D),
}


def porter_duff(
    source: torch.Tensor,
    source_mask: torch.Tensor,
    destination: torch.Tensor,
    destination_mask: torch.Tensor,
    mode: str,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures [B,H,W,3] and their masks [B,H,W] (1 = transparent) combined; picture and mask of the result.

    Everything is resized (bicubic, centred) to the destination; the smallest batch counts.
    """
    check_image(destination, "destination")
    height, width = destination.shape[1:3]
    if source.shape[-1] != destination.shape[-1]:
        raise ImagingError(
            f"The source has {source.shape[-1]} channels, the destination {destination.shape[-1]}; "
            "use 'Split Image with Alpha' on the one with transparency."
        )
    planes = [
        channels_first(check_image(source, "source")),
        check_mask(source_mask, "source_alpha")[:, None],
        channels_first(destination),
        check_mask(destination_mask, "destination_alpha")[:, None],
    ]
    batch = min(len(plane) for plane in planes)
    fitted = [channels_last(_fitted(plane[:batch], width, height)) for plane in planes]
    color, mask = by_strips(partial(_combine, chosen(MODES, mode)), *fitted)
    return color, mask


def _fitted(planes: torch.Tensor, width: int, height: int) -> torch.Tensor:
    if planes.shape[-2:] == (height, width):
        return planes
    return common_upscale(planes, width, height, "bicubic", "center")


def _combine(
    formula: Formula, source: torch.Tensor, source_mask: torch.Tensor, destination: torch.Tensor, mask: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    a, b = 1 - source_mask, 1 - mask
    opacity, color = formula(source * a, destination * b, a, b)
    color = (color / opacity.clamp(min=OPAQUE)).mul_(opacity > OPAQUE).clamp_(0, 1)
    return color, 1 - opacity[..., 0].clamp(0, 1)
