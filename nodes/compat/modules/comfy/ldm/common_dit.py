"""`comfy.ldm.common_dit`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def pad_to_patch_size(img: Tensor, patch_size: Sequence[int] = (2, 2), padding_mode: str = "circular") -> Tensor:
    """[..., H, W] padded at the end to whole patches."""
    pad: list[int] = []
    for size, patch in zip(reversed(img.shape[-len(patch_size) :]), reversed(patch_size), strict=True):
        pad += [0, -size % patch]
    return torch.nn.functional.pad(img, pad, mode=padding_mode)


def rms_norm(x: Tensor, weight: Any = None, eps: float = 1e-6) -> Tensor:
    """x over the root of its mean square along the last dimension."""
    if weight is None:
        return torch.nn.functional.rms_norm(x, (x.shape[-1],), eps=eps)
    return torch.nn.functional.rms_norm(x, tuple(weight.shape), weight=weight.to(x), eps=eps)
