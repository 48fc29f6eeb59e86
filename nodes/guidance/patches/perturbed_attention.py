"""Perturbed-attention guidance (https://arxiv.org/abs/2403.17377)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor

from nodes.guidance.batch import calc_cond_batch
from nodes.guidance.options import options_with_replacement, with_post_cfg

if TYPE_CHECKING:
    from nodes.models.model import Model


def identity_attention(q: Tensor, k: Tensor, v: Tensor, extra_options: dict[str, Any]) -> Tensor:
    """Attention in which every token attends to itself alone."""
    return v


def perturbed_attention(model: Model, scale: float) -> Model:
    """Guide away from the prediction that the middle block makes without self-attention, `scale` times."""

    def post_cfg(args: dict[str, Any]) -> Tensor:
        denoised: Tensor = args["denoised"]
        if scale == 0:
            return denoised
        options = options_with_replacement(args["model_options"], "attn1", ("middle", 0), identity_attention)
        (perturbed,) = calc_cond_batch(args["model"], [args["cond"]], args["input"], args["sigma"], options)
        difference: Tensor = args["cond_denoised"] - perturbed
        return denoised + difference * scale

    return with_post_cfg(model, post_cfg)
