"""Blend modes, and the channel rule that the two-picture nodes share."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn.functional import pad

from nodes.imaging.resize import common_upscale
from nodes.imaging.shapes import ImagingError, channels_first, channels_last, check_image, chosen
from nodes.imaging.strips import by_strips

Blend = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def match_channels(destination: torch.Tensor, source: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The field's rule for pictures [.., C] of different channel counts.

    A source with more channels is cut to the destination's. A destination with more channels gains one of ones itself
    (the field does so, although the source was meant), which then fits a source of one channel only.
    """
    if destination.shape[-1] < source.shape[-1]:
        return destination, source[..., : destination.shape[-1]]
    if destination.shape[-1] > source.shape[-1]:
        destination = pad(destination, (0, 1), value=1.0)
        if source.shape[-1] not in (1, destination.shape[-1]):
            raise ImagingError(
                f"A picture of {source.shape[-1]} channels cannot go onto one of {destination.shape[-1] - 1}; "
                "use 'Join Image with Alpha' on the source or 'Split Image with Alpha' on the destination."
            )
    return destination, source


def blend_images(image1: torch.Tensor, image2: torch.Tensor, factor: float, mode: str) -> torch.Tensor:
    """image1·(1−factor) + mode(image1, image2)·factor, clamped to 0..1; image2 is resized (bicubic) if it must."""
    image1, image2 = match_channels(check_image(image1, "image1"), check_image(image2, "image2"))
    blend = chosen(MODES, mode)
    if image1.shape[0] != image2.shape[0] and 1 not in (image1.shape[0], image2.shape[0]):
        raise ImagingError(
            f"The batches hold {image1.shape[0]} and {image2.shape[0]} pictures; make them equal, or one of them 1."
        )
    image2 = image2.to(image1)
    if image1.shape[1:3] != image2.shape[1:3]:
        height, width = image1.shape[1:3]
        image2 = channels_last(common_upscale(channels_first(image2), width, height, "bicubic", "center"))

    def mixed(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return torch.lerp(a, blend(a, b), factor).clamp_(0, 1)

    return by_strips(mixed, image1, image2)[0]


def _overlay(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.where(a <= 0.5, 2 * a * b, 1 - 2 * (1 - a) * (1 - b))


def _soft_light(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The W3C compositing formula."""
    g = torch.where(a <= 0.25, ((16 * a - 12) * a + 4) * a, a.clamp(min=0).sqrt())
    return torch.where(b <= 0.5, a - (1 - 2 * b) * a * (1 - a), a + (2 * b - 1) * (g - a))


MODES: dict[str, Blend] = {
    "normal": lambda a, b: b,
    "multiply": torch.mul,
    "screen": lambda a, b: 1 - (1 - a) * (1 - b),
    "overlay": _overlay,
    "soft_light": _soft_light,
    "difference": torch.sub,  # signed: the field mixes it in before anything is clamped
}
