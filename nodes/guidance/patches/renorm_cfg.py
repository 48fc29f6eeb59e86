"""CFG renormalisation and truncation (Lumina-Image 2.0, https://arxiv.org/abs/2503.21758, section 3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from nodes.guidance.options import with_cfg_function

if TYPE_CHECKING:
    from nodes.models.model import Model


def renorm_cfg(model: Model, cfg_trunc: float, limit: float) -> Model:
    """Guide only below the noise level `cfg_trunc`, to at most `limit` times the conditional prediction's norm.

    A limit of 0 is none. The norm is that of a whole sample.
    """

    def cfg(args: dict[str, Any]) -> Tensor:
        cond, uncond = args["cond_denoised"], args["uncond_denoised"]
        guided = uncond + args["cond_scale"] * (cond - uncond)
        below = (args["timestep"] < cfg_trunc).reshape(-1, *[1] * (cond.dim() - 1))
        denoised: Tensor = torch.where(below, limited(guided, cond, limit), cond)
        x: Tensor = args["input"]
        return x - denoised

    return with_cfg_function(model, cfg)


def limited(guided: Tensor, cond: Tensor, limit: float) -> Tensor:
    """`guided` scaled down, where needed, to `limit` times the norm of `cond`, a sample at a time."""
    if limit <= 0:
        return guided
    dims = tuple(range(1, cond.dim()))
    most = torch.linalg.vector_norm(cond, dim=dims, keepdim=True) * limit
    norm = torch.linalg.vector_norm(guided, dim=dims, keepdim=True)
    fitted: Tensor = guided * (most / norm.clamp(min=1e-12)).clamp(max=1.0)
    return fitted
