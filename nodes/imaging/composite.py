"""Pasting one tensor into another through a mask; alpha channels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn.functional import interpolate

from nodes.imaging.batch import repeat_to_batch_size
from nodes.imaging.blend import match_channels
from nodes.imaging.shapes import (
    ImagingError,
    Latent,
    channels_first,
    channels_last,
    check_image,
    check_latent,
    check_mask,
    with_samples,
)


def composite(
    destination: torch.Tensor,
    source: torch.Tensor,
    x: int,
    y: int,
    mask: torch.Tensor | None = None,
    cell: int = 1,
    resize_source: bool = False,
) -> torch.Tensor:
    """`destination` [B,C,H,W] with `source` pasted at (x, y) where `mask` is 1.

    x and y are pixels, `cell` of them per tensor element (8 for latents); what lies outside is cut off. The mask is
    resized to the source; the source and the mask repeat to the destination's batch.
    """
    if source.shape[1] not in (1, destination.shape[1]):
        raise ImagingError(
            f"The source has {source.shape[1]} channels, the destination {destination.shape[1]}; they must be alike."
        )
    height, width = destination.shape[-2:]
    source = source.to(destination)
    if resize_source:
        source = interpolate(source, size=(height, width), mode="bilinear")
    source = repeat_to_batch_size(source, destination.shape[0])
    weight = _weight(source, mask)
    left, cut_left, across = _overlap(x // cell, source.shape[-1], width)
    top, cut_top, down = _overlap(y // cell, source.shape[-2], height)
    result = destination.clone()
    visible = (..., slice(cut_top, cut_top + down), slice(cut_left, cut_left + across))
    place = result[..., top : top + down, left : left + across]
    torch.lerp(place, source[visible], weight[visible], out=place)
    return result


def _overlap(start: int, length: int, limit: int) -> tuple[int, int, int]:
    """First covered cell of the destination, first visible cell of the source, and how many there are."""
    first = min(max(start, 0), limit)
    return first, first - start if start < 0 else 0, max(0, min(start + length, limit) - first)


def _weight(source: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    if mask is None:
        return torch.ones(1, 1, 1, 1, dtype=source.dtype, device=source.device).expand(-1, -1, *source.shape[-2:])
    return repeat_to_batch_size(_planes(mask, "mask", source, source.shape[-2:]), source.shape[0])


def _planes(mask: torch.Tensor, name: str, like: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """A mask as [B,1,H,W], resized (bilinear)."""
    planes = check_mask(mask, name).to(like)[:, None]
    return planes if planes.shape[-2:] == tuple(size) else interpolate(planes, size=tuple(size), mode="bilinear")


def composite_images(
    destination: torch.Tensor, source: torch.Tensor, x: int, y: int, resize_source: bool, mask: torch.Tensor | None
) -> torch.Tensor:
    """`composite` for pictures [B,H,W,C]."""
    check_image(destination, "destination")
    destination, source = match_channels(destination, check_image(source, "source"))
    return channels_last(
        composite(channels_first(destination), channels_first(source), x, y, mask, resize_source=resize_source)
    )


def composite_latents(
    destination: Latent, source: Latent, x: int, y: int, resize_source: bool, mask: torch.Tensor | None
) -> Latent:
    """`composite` for latents; x and y are pixels, 8 of them per latent cell."""
    below, above = check_latent(destination, "destination"), check_latent(source, "source")
    if below.ndim != 4 or above.ndim != 4:
        raise ImagingError("Only latents of pictures [batch, channels, height, width] can be pasted, not of videos.")
    return with_samples(destination, composite(below, above, x, y, mask, 8, resize_source))


def split_alpha(image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """[B,H,W,C] -> its colours [B,H,W,3] and the mask [B,H,W] of what is transparent (0 if it has no alpha)."""
    check_image(image)
    if image.shape[-1] > 3:
        return image[..., :3], 1.0 - image[..., 3]
    return image, torch.zeros(image.shape[:3], dtype=image.dtype, device=image.device)


def join_alpha(image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """[B,H,W,C>=3] with the mask (1 = transparent, resized to fit) as its fourth channel; the shorter batch counts."""
    check_image(image)
    planes = _planes(mask, "alpha", image, image.shape[1:3])
    batch = min(image.shape[0], planes.shape[0])
    return torch.cat((image[:batch, ..., :3], 1.0 - channels_last(planes[:batch])), dim=-1)
