"""Batches: making them longer or shorter, joining them, taking parts of them."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from nodes.imaging.resize import common_upscale
from nodes.imaging.shapes import ImagingError, channels_first, channels_last, check_image, check_room


def repeat_to_batch_size(tensor: torch.Tensor, size: int) -> torch.Tensor:
    """Cut, or tiled and cut, to `size` items."""
    if tensor.shape[0] > size:
        return tensor[:size]
    if tensor.shape[0] < size:
        times = -(-size // tensor.shape[0])
        return tensor.repeat([times] + [1] * (tensor.ndim - 1))[:size]
    return tensor


def resize_to_batch_size(tensor: torch.Tensor, size: int) -> torch.Tensor:
    """`size` items spread evenly over the batch: shrinking keeps both ends, growing repeats neighbours."""
    count = tensor.shape[0]
    if count == size:
        return tensor
    if size <= 1:
        return tensor[:size]
    if size < count:
        picks = [round(i * (count - 1) / (size - 1)) for i in range(size)]
    else:
        picks = [min(count - 1, int((i + 0.5) * count / size)) for i in range(size)]
    return tensor[picks]


def join_images(image1: torch.Tensor, image2: torch.Tensor) -> torch.Tensor:
    """Both batches in one; a second of another size is resized (bilinear, centred) to the first."""
    check_image(image1, "image1")
    check_image(image2, "image2")
    if image1.shape[-1] != image2.shape[-1]:
        raise ImagingError(
            f"The pictures have {image1.shape[-1]} and {image2.shape[-1]} channels, so they make no batch; "
            "use 'Split Image with Alpha' on the one with transparency first."
        )
    if image1.shape[1:] != image2.shape[1:]:
        height, width = image1.shape[1:3]
        image2 = channels_last(common_upscale(channels_first(image2), width, height, "bilinear", "center"))
    return torch.cat((image1, image2))


def slice_batch(tensor: torch.Tensor, start: int, length: int) -> torch.Tensor:
    """`length` items from `start`; both are limited to what is there. A copy, so that the rest can be freed."""
    start = min(tensor.shape[0] - 1, start)
    return tensor[start : start + length].clone()


def repeat_batch(tensor: torch.Tensor, amount: int) -> torch.Tensor:
    """The whole batch, `amount` times."""
    check_room(tensor.shape[0] * amount, *tensor.shape[1:], what="batch")
    return tensor.repeat([amount] + [1] * (tensor.ndim - 1))


def rebatch_images(images: Iterable[torch.Tensor], batch_size: int) -> list[torch.Tensor]:
    """All pictures of all batches, in batches of `batch_size`; a picture of another size starts a batch of its own."""
    batches: list[list[torch.Tensor]] = []
    for picture in (picture[None] for image in images for picture in check_image(image)):
        room = batches and len(batches[-1]) < batch_size and batches[-1][0].shape == picture.shape
        batches[-1].append(picture) if room else batches.append([picture])
    return [torch.cat(batch) for batch in batches]
