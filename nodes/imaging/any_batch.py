"""Batches of pictures, masks or latents alike: taking them apart, putting them together, choosing from them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from typing import Any

import torch

from nodes.imaging.batch import join_images
from nodes.imaging.latent_batch import join_latents, latent_from_batch
from nodes.imaging.shapes import ImagingError, check_image, check_latent, check_mask

Batch = torch.Tensor | dict[str, Any]
PART = re.compile(r"(-?\d+)|(-?\d+)?:(-?\d+)?")


def length(batch: Batch) -> int:
    """How many items a batch has."""
    return int(check_latent(batch, "batch").shape[0] if isinstance(batch, dict) else _tensor(batch).shape[0])


def _tensor(batch: Any) -> torch.Tensor:
    if not isinstance(batch, torch.Tensor):
        raise ImagingError(f"A batch holds pictures, masks or latents, not a {type(batch).__name__}.")
    return check_image(batch, "batch") if batch.ndim == 4 else check_mask(batch, "batch")


def split(batch: Batch) -> list[Batch]:
    """Every item as a batch of one."""
    return [item(batch, number) for number in range(length(batch))]


def item(batch: Batch, number: int) -> Batch:
    """One item as a batch of one; a latent keeps its mask and its noise."""
    if isinstance(batch, dict):
        return latent_from_batch(batch, number, 1)
    return _tensor(batch)[number : number + 1]


def join(batches: Sequence[Batch]) -> Batch:
    """All items in one batch; what has another size than the first is fitted to it. ImagingError for a mixture."""
    if not batches:
        raise ImagingError("The list is empty, so there is nothing to make a batch of.")
    kinds = {type(batch) if isinstance(batch, dict) else _tensor(batch).ndim for batch in batches}
    if len(kinds) > 1:
        raise ImagingError("Pictures, masks and latents make no common batch; join those of one kind.")
    if kinds == {dict}:
        return reduce(join_latents, batches)  # type: ignore[arg-type]  # latents, as was just checked
    if kinds == {3}:
        images = [_tensor(batch)[..., None] for batch in batches]
        return _joined_images(images)[..., 0]
    return _joined_images(batches)  # type: ignore[arg-type]  # likewise


def _joined_images(images: Sequence[torch.Tensor]) -> torch.Tensor:
    fitted = [images[0], *(join_images(images[0][:1], image)[1:] for image in images[1:])]
    return torch.cat(fitted)


def select(batch: Batch, places: str) -> Batch:
    """The items that `places` names, in that order: '0, 2, -1', '1:4', ':' for all. ImagingError for a bad place."""
    numbers = [number for part in places.split(",") for number in _numbers(part.strip(), length(batch))]
    if not numbers:
        raise ImagingError(f"'{places}' names no item of the batch; write numbers such as '0, 2, -1' or '1:4'.")
    if isinstance(batch, dict):
        return join([item(batch, number) for number in numbers])
    return _tensor(batch)[numbers]


def _numbers(part: str, count: int) -> Sequence[int]:
    match = PART.fullmatch(part)
    if match is None:
        raise ImagingError(f"'{part}' is no place in a batch; write numbers such as '0, 2, -1' or '1:4'.")
    if match[1] is None:
        return range(count)[slice(*(int(end) if end else None for end in (match[2], match[3])))]
    number = int(match[1])
    if not -count <= number < count:
        raise ImagingError(f"There is no item {number} in a batch of {count}; choose from 0 to {count - 1}.")
    return [number % count]
