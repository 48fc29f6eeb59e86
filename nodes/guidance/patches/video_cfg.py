"""Guidance whose scale changes from frame to frame, for video models that keep frames in the batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from nodes.guidance.options import with_cfg_function

if TYPE_CHECKING:
    from nodes.models.model import Model

Scales = Callable[[float, float, int], Tensor]


def linear_scales(least: float, most: float, frames: int) -> Tensor:
    """From `least` at the first frame to `most` at the last: [frames]."""
    return torch.linspace(least, most, frames)


def triangle_scales(least: float, most: float, frames: int) -> Tensor:
    """`least` at both ends, `most` in the middle: [frames]."""
    values = torch.linspace(0, 1, frames)
    return 2 * (values - torch.floor(values + 0.5)).abs() * (most - least) + least


def video_cfg(model: Model, min_cfg: float, scales: Scales = linear_scales) -> Model:
    """Guide each batch item by a scale of its own between `min_cfg` and the sampler's."""

    def cfg(args: dict[str, Any]) -> Tensor:
        cond, uncond = args["cond"], args["uncond"]
        scale = scales(min_cfg, args["cond_scale"], cond.shape[0]).to(cond)
        result: Tensor = uncond + scale.reshape(-1, *[1] * (cond.dim() - 1)) * (cond - uncond)
        return result

    return with_cfg_function(model, cfg)
