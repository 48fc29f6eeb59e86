"""Sums, blends and operations on latents. Every key but "samples" comes from the first latent."""

from __future__ import annotations

from collections.abc import Callable

import torch

from nodes.imaging.batch import repeat_to_batch_size
from nodes.imaging.blur import sharpen
from nodes.imaging.resize import common_upscale
from nodes.imaging.shapes import ImagingError, Latent, check_latent, chosen, with_samples

Operation = Callable[..., torch.Tensor]
AXES = {"x": -1, "y": -2, "t": -3}


def _pair(first: Latent, second: Latent) -> tuple[torch.Tensor, torch.Tensor]:
    """Both samples, the second resized (bilinear, centred) and repeated to the first."""
    a, b = check_latent(first, "samples1"), check_latent(second, "samples2").to(check_latent(first))
    if a.ndim != b.ndim or a.shape[1] != b.shape[1]:
        raise ImagingError(f"Latents of shapes {list(a.shape)} and {list(b.shape)} are of different model families.")
    if a.shape != b.shape:
        b = common_upscale(b, a.shape[-1], a.shape[-2], "bilinear", "center")
    return a, repeat_to_batch_size(b, a.shape[0])


def add_latents(first: Latent, second: Latent) -> Latent:
    """first + second."""
    a, b = _pair(first, second)
    return with_samples(first, a + b)


def subtract_latents(first: Latent, second: Latent) -> Latent:
    """first − second."""
    a, b = _pair(first, second)
    return with_samples(first, a - b)


def multiply_latent(latent: Latent, factor: float) -> Latent:
    """latent · factor."""
    return with_samples(latent, check_latent(latent) * factor)


def blend_latents(first: Latent, second: Latent, factor: float) -> Latent:
    """first·factor + second·(1−factor); the second is resized (bicubic, centred)."""
    a, b = check_latent(first, "samples1"), check_latent(second, "samples2")
    if a.ndim != b.ndim or a.shape[1] != b.shape[1]:
        raise ImagingError(f"Latents of shapes {list(a.shape)} and {list(b.shape)} are of different model families.")
    if a.shape != b.shape:
        b = common_upscale(b, a.shape[-1], a.shape[-2], "bicubic", "center")
    return with_samples(first, a * factor + repeat_to_batch_size(b, a.shape[0]) * (1 - factor))


def interpolate_latents(first: Latent, second: Latent, ratio: float) -> Latent:
    """Directions and lengths of the channel vectors mixed apart, `ratio` of the first.

    The field keeps the lengths [B,H,W] without their channel axis, so that they only fit [B,C,H,W] for B = 1 or B = C;
    other batches are refused here as they are there.
    """
    a, b = _pair(first, second)
    if a.shape[0] not in (1, a.shape[1]):
        raise ImagingError(
            f"Interpolation takes latents of one picture, or as many as channels, not {a.shape[0]}; use 'Latent Blend'."
        )
    length_a, length_b = a.norm(dim=1), b.norm(dim=1)
    direction_a, direction_b = torch.nan_to_num(a / length_a), torch.nan_to_num(b / length_b)
    mixed = direction_a * ratio + direction_b * (1.0 - ratio)
    mixed = torch.nan_to_num(mixed / mixed.norm(dim=1))
    return with_samples(first, mixed * (length_a * ratio + length_b * (1.0 - ratio)))


def concat_latents(first: Latent, second: Latent, axis: str) -> Latent:
    """Both latents side by side along 'x', 'y' or 't'; '-x' puts the second first."""
    a, b = check_latent(first, "samples1"), check_latent(second, "samples2").to(check_latent(first))
    dim = chosen(AXES, axis.removeprefix("-"))
    b = repeat_to_batch_size(b, a.shape[0])
    if a.select(dim, 0).shape != b.select(dim, 0).shape:
        raise ImagingError(
            f"Latents of shapes {list(a.shape)} and {list(b.shape)} do not fit side by side along {axis}; "
            "use 'Upscale Latent' on one of them first."
        )
    return with_samples(first, torch.cat((b, a) if axis.startswith("-") else (a, b), dim=dim))


def cut_latent(latent: Latent, axis: str, index: int, amount: int) -> Latent:
    """`amount` cells from `index` along 'x', 'y' or 't'; a negative index counts from the end."""
    samples = check_latent(latent)
    dim = chosen(AXES, axis)
    size = samples.shape[dim]
    if index >= 0:
        index = min(index, size - 1)
        amount = min(size - index, amount)
    else:
        index = max(index, -size)
        amount = min(-index, amount)
        index += size
    return with_samples(latent, samples.narrow(dim, index, amount))


def apply_operation(latent: Latent, operation: Operation) -> Latent:
    """A LATENT_OPERATION (a function of `latent=`) applied to the samples."""
    return with_samples(latent, operation(latent=check_latent(latent)))


def sharpen_operation(radius: int, sigma: float, alpha: float) -> Operation:
    """Sharpens the directions of the channel vectors and keeps their lengths."""

    def operation(latent: torch.Tensor, **_: object) -> torch.Tensor:
        if latent.ndim != 4:
            raise ImagingError(f"Only latents of pictures are sharpened, not of shape {list(latent.shape)}.")
        length: torch.Tensor = latent.norm(dim=1, keepdim=True) + 1e-6
        return sharpen(latent / length, radius, sigma, 10 * alpha) * length

    return operation


def tonemap_operation(multiplier: float) -> Operation:
    """Reinhard's tone mapping of the lengths of the channel vectors; white is 5 deviations above their mean."""

    def operation(latent: torch.Tensor, **_: object) -> torch.Tensor:
        length: torch.Tensor = latent.norm(dim=1, keepdim=True) + 1e-10
        mean = length.mean(dim=(1, 2, 3), keepdim=True)
        deviation = length.std(dim=(1, 2, 3), keepdim=True)
        top = (deviation * 5 + mean) * multiplier
        mapped = length / top
        return latent / length * (mapped / (mapped + 1.0) * top)

    return operation
