"""How alike two pictures are: PSNR and SSIM."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nodes.imaging.resize import common_upscale
from nodes.imaging.shapes import ImagingError, channels_first, channels_last, check_image
from nodes.imaging.strips import by_strips, convolve

WINDOW = 11
SIGMA = 1.5
C1, C2 = 0.01**2, 0.03**2  # the paper's constants for a range of 1


class Likeness(NamedTuple):
    """`ssim` 1 for equal pictures; `psnr` in decibel, 100 for equal ones; `mean_error` absolute, 0..1."""

    ssim: float
    psnr: float
    mean_error: float


def compare(first: torch.Tensor, second: torch.Tensor) -> tuple[Likeness, torch.Tensor]:
    """How alike two batches [B,H,W,C] are, and their absolute difference. The second is resized to the first."""
    a, b = _alike(check_image(first, "image1"), check_image(second, "image2"))
    difference = (a - b).abs()
    squared = float(difference.double().square().mean())
    psnr = 100.0 if squared < 1e-10 else -10.0 * float(torch.tensor(squared).log10())
    return Likeness(ssim(a, b), psnr, float(difference.mean())), difference


def _alike(first: torch.Tensor, second: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    channels, batch = min(first.shape[-1], second.shape[-1]), min(first.shape[0], second.shape[0])
    first, second = first[:batch, ..., :channels], second[:batch, ..., :channels].to(first.device)
    if first.shape != second.shape:
        height, width = first.shape[1:3]
        second = channels_last(common_upscale(channels_first(second), width, height, "bilinear"))
    return first, second


def ssim(first: torch.Tensor, second: torch.Tensor) -> float:
    """Mean structural similarity of pictures [B,H,W,C] of one shape (Z. Wang et al., 2004), on luma where there is one.

    The window is a gaussian of 11 pixels; its places are those that lie wholly inside the picture.
    """
    height, width = first.shape[1:3]
    if min(height, width) < WINDOW:
        raise ImagingError(f"SSIM needs pictures of at least {WINDOW}x{WINDOW} pixels, not {width}x{height}.")
    means = [float(_ssim_map(a, b).mean()) for a, b in zip(_luma(first), _luma(second), strict=True)]
    return sum(means) / len(means)


def _luma(image: torch.Tensor) -> torch.Tensor:
    if image.shape[-1] < 3:
        return image[..., 0]
    return by_strips(lambda part: part[..., :3] @ part.new_tensor([0.299, 0.587, 0.114]), image)[0]


def _ssim_map(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    x = torch.arange(WINDOW, dtype=torch.float32) - WINDOW // 2
    line = torch.exp(-(x * x) / (2 * SIGMA * SIGMA))
    line = (line / line.sum()).to(a)

    def local(plane: torch.Tensor) -> torch.Tensor:
        return convolve(convolve(plane[None, None], line.view(1, 1, 1, -1)), line.view(1, 1, -1, 1))[0, 0]

    mean_a, mean_b = local(a), local(b)
    variance_a, variance_b = local(a * a) - mean_a**2, local(b * b) - mean_b**2
    covariance = local(a * b) - mean_a * mean_b
    structure = (2 * covariance + C2) / (variance_a + variance_b + C2)
    luminance: torch.Tensor = (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)
    return luminance * structure
