"""`comfy_extras.nodes_sag`: blurring what is attended to."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import conv2d, interpolate, pad

from nodes.guidance.patches.self_attention import middle_height


def gaussian_blur_2d(img: Tensor, kernel_size: int, sigma: float) -> Tensor:
    """Pictures or latents [B,C,H,W] under a Gaussian of `kernel_size` cells, edges reflected."""
    radius = (kernel_size - 1) / 2
    line = torch.exp(-0.5 * (torch.linspace(-radius, radius, kernel_size) / sigma) ** 2)
    line = (line / line.sum()).to(img)
    kernel = torch.outer(line, line).expand(img.shape[1], 1, kernel_size, kernel_size)
    return conv2d(pad(img, [kernel_size // 2] * 4, mode="reflect"), kernel, groups=img.shape[1])


def create_blur_map(x0: Tensor, attn: Tensor, sigma: float = 3.0, threshold: float = 1.0) -> Tensor:
    """The latent [B,C,H,W] blurred where its tokens receive more attention [B,heads,T,T] than the threshold."""
    height, width = x0.shape[-2:]
    attn = attn.reshape(x0.shape[0], -1, *attn.shape[-2:])
    attended = attn.mean(dim=1).sum(dim=1) > threshold
    rows = middle_height(attended.shape[1], height, width)
    mask = attended.reshape(x0.shape[0], 1, rows, -1).to(x0)
    mask = interpolate(mask, size=(height, width), mode="nearest")
    return gaussian_blur_2d(x0, 9, sigma) * mask + x0 * (1 - mask)
