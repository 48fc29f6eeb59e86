"""`comfy_extras.nodes_post_processing`: our nodes as classes, and the kernel that packs take from it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def gaussian_kernel(kernel_size: int, sigma: float, device: Any = None) -> Tensor:
    """[kernel_size, kernel_size] that sums to 1, over -1 to 1 in both directions."""
    line = torch.linspace(-1, 1, kernel_size, device=device)
    line = torch.exp(-(line**2) / (2.0 * sigma**2))
    kernel = torch.outer(line, line)
    return kernel / kernel.sum()
