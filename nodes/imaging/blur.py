"""Gaussian blur and sharpening. The kernel is a product of two lines, so two narrow convolutions do for a wide one."""

from __future__ import annotations

import torch
from torch.nn.functional import conv2d, pad

from nodes.imaging.shapes import ImagingError, channels_first, channels_last, check_image
from nodes.imaging.strips import ROWS


def gaussian_line(radius: int, sigma: float, device: torch.device | None = None) -> torch.Tensor:
    """2·radius+1 weights that sum to 1; sigma is in units of the radius (the kernel's edge is at distance 1)."""
    x = torch.linspace(-1, 1, 2 * radius + 1, device=device)
    weights = torch.exp(-(x * x) / (2 * sigma * sigma))
    return weights / weights.sum()


def blur_image(image: torch.Tensor, radius: int, sigma: float) -> torch.Tensor:
    """[B,H,W,C] blurred; edges are mirrored. A radius of 0 changes nothing."""
    check_image(image)
    return channels_last(_blur(channels_first(image), radius, sigma)) if radius else image


def sharpen_image(image: torch.Tensor, radius: int, sigma: float, alpha: float) -> torch.Tensor:
    """Unsharp masking with ten times `alpha`, clamped to 0..1. A radius of 0 changes nothing."""
    check_image(image)
    return channels_last(sharpen(channels_first(image), radius, sigma, 10 * alpha)).clamp_(0, 1) if radius else image


def sharpen(samples: torch.Tensor, radius: int, sigma: float, amount: float) -> torch.Tensor:
    """x + amount·(x − blurred x) on [B,C,H,W]: the kernel −amount·gaussian with its centre raised to a sum of 1."""
    return samples * (1 + amount) - _blur(samples, radius, sigma) * amount


def _blur(samples: torch.Tensor, radius: int, sigma: float) -> torch.Tensor:
    height, width = samples.shape[-2:]
    if radius >= min(height, width):
        raise ImagingError(f"A radius of {radius} needs a picture larger than {radius} pixels, not {width}x{height}.")
    blurred = torch.empty_like(samples)
    channels = samples.shape[1]
    line = gaussian_line(radius, sigma, samples.device).to(samples.dtype).expand(channels, 1, 1, -1)
    for item in range(samples.shape[0]):  # one picture at a time bounds the memory
        last = samples[item : item + 1].contiguous(
            memory_format=torch.channels_last
        )  # many times faster than channels first
        padded = pad(last, (radius, radius, radius, radius), mode="reflect")
        for top in range(0, height, ROWS):
            rows = padded[..., top : min(top + ROWS, height) + 2 * radius, :]
            lengthwise = conv2d(rows, line, groups=channels)
            blurred[item, :, top : top + ROWS] = conv2d(lengthwise, line.mT, groups=channels)[0]
    return blurred
