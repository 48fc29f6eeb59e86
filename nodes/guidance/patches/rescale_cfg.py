"""RescaleCFG: keep guidance from washing out contrast (https://arxiv.org/abs/2305.08891, section 3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from nodes.guidance.options import with_cfg_function

if TYPE_CHECKING:
    from nodes.models.model import Model


def rescale_cfg(model: Model, multiplier: float) -> Model:
    """Rescale the guided velocity to the standard deviation of the conditional one, by a share of `multiplier`."""

    def cfg(args: dict[str, Any]) -> Tensor:
        return rescaled(args["cond"], args["uncond"], args["cond_scale"], args["input"], args["sigma"], multiplier)

    return with_cfg_function(model, cfg)


def rescaled(cond: Tensor, uncond: Tensor, scale: float, x: Tensor, sigma: Tensor, multiplier: float) -> Tensor:
    """x minus the guided prediction, from x minus each prediction [B,C,...]; sigma [B]. Computed as v-prediction."""
    sigma = sigma.reshape(-1, *[1] * (x.dim() - 1))
    root = torch.sqrt(sigma**2 + 1.0)
    y = x / (sigma**2 + 1.0)
    v_cond = (y - (x - cond)) * root / sigma
    v_uncond = (y - (x - uncond)) * root / sigma
    v_cfg = v_uncond + scale * (v_cond - v_uncond)
    dims = tuple(range(1, x.dim()))
    ratio = v_cond.std(dim=dims, keepdim=True) / v_cfg.std(dim=dims, keepdim=True)
    v = multiplier * (v_cfg * ratio) + (1.0 - multiplier) * v_cfg
    return x - (y - v * sigma / root)
