"""`comfy.float`: rounding to few bits by chance, so that the mean stays."""

from __future__ import annotations

import torch
from torch import Tensor


def stochastic_rounding(value: Tensor, dtype: torch.dtype, seed: int = 0) -> Tensor:
    """Rounded to `dtype`, up or down by chance in proportion to the distance; formats of 16 bits and more: nearest."""
    if dtype.itemsize > 1:
        return value.to(dtype)
    generator = torch.Generator(device=value.device).manual_seed(seed)
    exact = value.float()
    near = exact.to(dtype).float()
    limit = torch.finfo(dtype).max
    step = torch.where(exact > near, 1, -1).to(exact) * torch.finfo(dtype).eps * near.abs().clamp_min(2**-9)
    other = (near + step).clamp(-limit, limit).to(dtype).float()
    gap = (other - near).abs()
    share = torch.where(gap > 0, (exact - near).abs() / gap.clamp_min(1e-30), torch.zeros_like(gap))
    chance = torch.rand(exact.shape, generator=generator, device=exact.device)
    return torch.where(chance < share, other, near).to(dtype)
