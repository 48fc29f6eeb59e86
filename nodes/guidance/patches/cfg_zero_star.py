"""CFG-Zero*: scale the unconditional prediction to fit the conditional one first (https://arxiv.org/abs/2503.18886)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor

from nodes.guidance.options import with_post_cfg

if TYPE_CHECKING:
    from nodes.models.model import Model


def cfg_zero_star(model: Model) -> Model:
    """Guide away from the optimally scaled unconditional prediction."""

    def post_cfg(args: dict[str, Any]) -> Tensor:
        uncond, scale = args["uncond_denoised"], args["cond_scale"]
        alpha = optimal_scale(args["input"] - args["cond_denoised"], args["input"] - uncond)
        denoised: Tensor = args["denoised"] + uncond * (alpha - 1.0) + scale * uncond * (1.0 - alpha)
        return denoised

    return with_post_cfg(model, post_cfg)


def optimal_scale(cond: Tensor, uncond: Tensor) -> Tensor:
    """The factor that brings `uncond` nearest to `cond`, a sample at a time: [B,1,1,...]."""
    dims = tuple(range(1, cond.dim()))
    dot = (cond * uncond).sum(dim=dims, keepdim=True)
    return dot / ((uncond**2).sum(dim=dims, keepdim=True) + 1e-8)
