"""`comfy.ldm.flux.math`: rotary position embedding (https://arxiv.org/abs/2104.09864)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from nodes.compat.modules.comfy.ldm.modules.attention import attention_pytorch


def rope(pos: Tensor, dim: int, theta: float) -> Tensor:
    """Rotations [..., n, dim/2, 2, 2] for positions [..., n]."""
    scale = torch.linspace(0, (dim - 2) / dim, steps=dim // 2, dtype=torch.float64, device=pos.device)
    angles = pos.to(torch.float32)[..., None] * (1.0 / theta**scale)
    turned = torch.stack([angles.cos(), -angles.sin(), angles.sin(), angles.cos()], dim=-1)
    return turned.reshape(*turned.shape[:-1], 2, 2).float()


def apply_rope1(x: Tensor, freqs_cis: Tensor) -> Tensor:
    """x [..., d] with every pair of numbers rotated."""
    pairs = x.to(freqs_cis.dtype).reshape(*x.shape[:-1], -1, 1, 2)
    turned = freqs_cis[..., 0] * pairs[..., 0] + freqs_cis[..., 1] * pairs[..., 1]
    return turned.reshape(x.shape).type_as(x)


def apply_rope(xq: Tensor, xk: Tensor, freqs_cis: Tensor) -> tuple[Tensor, Tensor]:
    """Both with every pair of numbers rotated."""
    return apply_rope1(xq, freqs_cis), apply_rope1(xk, freqs_cis)


def attention(q: Tensor, k: Tensor, v: Tensor, pe: Tensor | None, mask: Tensor | None = None, **_: Any) -> Tensor:
    """Attention of [B,heads,T,D] with rotated queries and keys: [B,T,heads*D]."""
    if pe is not None:
        q, k = apply_rope(q, k, pe)
    out: Tensor = attention_pytorch(q, k, v, q.shape[1], mask=mask, skip_reshape=True)
    return out
