"""Epsilon scaling: make up for exposure bias by shrinking the predicted noise (https://arxiv.org/abs/2308.15321)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor

from nodes.guidance.options import with_post_cfg

if TYPE_CHECKING:
    from nodes.models.model import Model


def epsilon_scaling(model: Model, scaling_factor: float) -> Model:
    """Divide the predicted noise by `scaling_factor`."""

    def post_cfg(args: dict[str, Any]) -> Tensor:
        x, denoised = args["input"], args["denoised"]
        result: Tensor = x - (x - denoised) / scaling_factor
        return result

    return with_post_cfg(model, post_cfg)
