"""Masks [B,H,W]: making, growing, feathering, combining them."""

from __future__ import annotations

from collections.abc import Callable

import torch

from nodes.imaging.shapes import ImagingError, check_mask, check_room, chosen
from nodes.imaging.windows import largest, smallest


def solid_mask(value: float, width: int, height: int) -> torch.Tensor:
    """(1,height,width) of one value."""
    check_room(height, width, what="mask")
    return torch.full((1, height, width), value, dtype=torch.float32)


def crop_mask(mask: torch.Tensor, x: int, y: int, width: int, height: int) -> torch.Tensor:
    """The part of width x height pixels at (x, y), cut off at the mask's edges."""
    mask = check_mask(mask)
    if x >= mask.shape[2] or y >= mask.shape[1]:
        raise ImagingError(
            f"The crop starts at ({x}, {y}), outside the mask of {mask.shape[2]}x{mask.shape[1]} pixels; move it in."
        )
    return mask[:, y : y + height, x : x + width]


def mask_to_image(mask: torch.Tensor) -> torch.Tensor:
    """[B,H,W] -> grey pictures [B,H,W,3]."""
    return check_mask(mask)[..., None].expand(-1, -1, -1, 3)


def threshold_mask(mask: torch.Tensor, value: float) -> torch.Tensor:
    """1 where the mask is above `value`, else 0."""
    return (check_mask(mask) > value).float()


def grow_mask(mask: torch.Tensor, expand: int, tapered_corners: bool) -> torch.Tensor:
    """Grown by `expand` pixels (shrunk, if negative): as a diamond with tapered corners, else as a square."""
    mask = check_mask(mask).cpu().contiguous()
    if expand == 0:
        return mask.clone()
    if not tapered_corners:
        return _square(mask, expand)
    sign = 1 if expand > 0 else -1
    grown = mask * sign
    for _ in range(abs(expand)):
        before, grown = grown, _cross(grown)
        if torch.equal(before, grown):
            break
    return grown * sign


def _square(mask: torch.Tensor, expand: int) -> torch.Tensor:
    """Steps with a 3x3 square add up to one large square."""
    grow = largest if expand > 0 else smallest
    return torch.stack([grow(plane[..., None], abs(expand), abs(expand))[..., 0] for plane in mask])


def _cross(mask: torch.Tensor) -> torch.Tensor:
    """The largest of each pixel and its four neighbours."""
    grown = mask.clone()
    for axis in (1, 2):
        last = mask.shape[axis] - 1
        for start, neighbour in ((0, 1), (1, 0)):
            part = grown.narrow(axis, start, last)
            torch.maximum(part, mask.narrow(axis, neighbour, last), out=part)
    return grown


def feather_mask(mask: torch.Tensor, left: int, top: int, right: int, bottom: int) -> torch.Tensor:
    """Linear ramps from the edges inward.

    The right and bottom ramps start one pixel too far, at the *first* column and row, which they darken: the field
    counts from −0, and workflows were made with it.
    """
    feathered = check_mask(mask).clone()
    height, width = feathered.shape[1:]
    for column in range(min(left, width)):
        feathered[:, :, column] *= (column + 1) / min(left, width)
    for row in range(min(top, height)):
        feathered[:, row, :] *= (row + 1) / min(top, height)
    for column in range(min(right, width)):
        feathered[:, :, -column] *= (column + 1) / min(right, width)
    for row in range(min(bottom, height)):
        feathered[:, -row, :] *= (row + 1) / min(bottom, height)
    return feathered


def _logical(operation: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Callable[..., torch.Tensor]:
    return lambda a, b: a.copy_(operation(a.round().bool(), b.round().bool()))


# Each changes its first mask.
MASK_OPERATIONS: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "multiply": torch.Tensor.mul_,
    "add": torch.Tensor.add_,
    "subtract": torch.Tensor.sub_,
    "and": _logical(torch.logical_and),
    "or": _logical(torch.logical_or),
    "xor": _logical(torch.logical_xor),
}


def combine_masks(destination: torch.Tensor, source: torch.Tensor, x: int, y: int, operation: str) -> torch.Tensor:
    """`destination` with `source` combined into it at (x, y), clamped to 0..1; what lies outside is cut off."""
    combine = chosen(MASK_OPERATIONS, operation)
    result, source = check_mask(destination, "destination").clone(), check_mask(source, "source")
    if source.shape[0] not in (1, result.shape[0]):
        raise ImagingError(
            f"The masks have batches of {result.shape[0]} and {source.shape[0]}; make them equal, or the source 1."
        )
    place = result[:, y : y + source.shape[1], x : x + source.shape[2]]
    part = source[:, : place.shape[1], : place.shape[2]].to(result)
    combine(place, part)
    return result.clamp_(0, 1)


def feather_inwards(height: int, width: int, feather: int, sides: tuple[bool, bool, bool, bool]) -> torch.Tensor:
    """(1,height,width) of ones that fade to 0 over `feather` pixels towards `sides`: left, top, right, bottom."""
    left, top, right, bottom = sides

    def ramp(length: int, first: bool, last: bool) -> torch.Tensor:
        steps = (torch.arange(length) + 1.0) / (feather + 1.0)
        ends = [steps] * first + [steps.flip(0)] * last
        return torch.stack([torch.ones(length), *ends]).amin(0)

    return (ramp(height, top, bottom)[:, None] * ramp(width, left, right))[None]
