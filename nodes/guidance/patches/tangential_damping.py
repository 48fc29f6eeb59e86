"""Tangential damping CFG (https://arxiv.org/abs/2503.18137): keep of the unconditional score what agrees with both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from nodes.guidance.options import with_pre_cfg

if TYPE_CHECKING:
    from nodes.models.model import Model


def tangential_damping(model: Model) -> Model:
    """Project the unconditional score on the main direction of both scores before they are combined."""

    def pre_cfg(args: dict[str, Any]) -> list[Tensor]:
        outputs: list[Tensor] = args["conds_out"]
        if len(args["conds"]) < 2 or None in args["conds"][:2]:
            return outputs
        x, (cond, uncond, *others) = args["input"], outputs
        return [cond, x - damped(x - uncond, x - cond), *others]

    return with_pre_cfg(model, pre_cfg)


def damped(uncond: Tensor, cond: Tensor) -> Tensor:
    """`uncond` [B,C,...] projected on the first right singular vector of the two scores, a sample at a time."""
    scores = torch.stack((uncond.flatten(1), cond.flatten(1)), dim=1).float()
    direction = torch.linalg.svd(scores, full_matrices=False).Vh[:, :1]
    share = scores[:, :1] @ direction.transpose(-2, -1)
    kept: Tensor = (share @ direction).squeeze(1).reshape(uncond.shape)
    return kept.to(uncond.dtype)
