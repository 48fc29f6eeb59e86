"""Cutting out the part of a picture that a mask selects, and putting it back after it was worked on."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from nodes.imaging.composite import composite
from nodes.imaging.masks import feather_inwards
from nodes.imaging.shapes import ImagingError, channels_first, channels_last, check_image, check_mask


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of pixels; (x, y) is its upper left corner."""

    x: int
    y: int
    width: int
    height: int


def mask_box(mask: torch.Tensor, padding: int = 0, multiple: int = 1) -> Box:
    """What a mask [B,H,W] selects in any of its items, grown by `padding` and to a multiple of pixels each way.

    The box stays inside the mask; where it cannot grow to the multiple it ends at the edges. ImagingError if the mask
    selects nothing.
    """
    selected = (check_mask(mask) > 0).any(0)
    rows, columns = (selected.any(axis).nonzero().flatten().tolist() for axis in (1, 0))
    if not rows:
        raise ImagingError("The mask selects nothing, so there is nothing to cut out; check what made it.")
    x, width = _grown(columns[0], columns[-1] + 1, padding, multiple, selected.shape[1])
    y, height = _grown(rows[0], rows[-1] + 1, padding, multiple, selected.shape[0])
    return Box(x, y, width, height)


def _grown(start: int, end: int, padding: int, multiple: int, limit: int) -> tuple[int, int]:
    start, end = max(0, start - padding), min(limit, end + padding)
    length = min(limit, -(-(end - start) // multiple) * multiple)
    start = max(0, min(start - (length - (end - start)) // 2, limit - length))
    return start, length


def cut_out(image: torch.Tensor, box: Box) -> torch.Tensor:
    """The part of [B,H,W,...] inside a box."""
    part = image[:, box.y : box.y + box.height, box.x : box.x + box.width]
    if part.shape[1:3] != (box.height, box.width) or min(box.height, box.width) < 1:
        raise ImagingError(
            f"The box {box.width}x{box.height} at ({box.x}, {box.y}) reaches out of {image.shape[2]}x{image.shape[1]} "
            "pixels; use the picture that the box was made for."
        )
    return part


def paste_back(image: torch.Tensor, part: torch.Tensor, box: Box, feather: int) -> torch.Tensor:
    """`part` [B,h,w,C], resized to the box, in its old place; its edges fade over `feather` pixels."""
    cut_out(check_image(image), box)
    if check_image(part, "part").shape[-1] != image.shape[-1]:
        raise ImagingError(f"The part has {part.shape[-1]} channels, the picture {image.shape[-1]}; make them alike.")
    sized = torch.nn.functional.interpolate(
        channels_first(part), size=(box.height, box.width), mode="bicubic", antialias=True
    ).clamp_(0, 1)
    batch = max(image.shape[0], part.shape[0])
    below = channels_first(image).expand(batch, -1, -1, -1)
    open_sides = (
        box.x > 0,
        box.y > 0,
        box.x + box.width < image.shape[2],
        box.y + box.height < image.shape[1],
    )
    weight = feather_inwards(box.height, box.width, feather, open_sides)
    return channels_last(composite(below, sized, box.x, box.y, weight))
