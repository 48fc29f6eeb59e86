"""`comfy_extras.nodes_stable3d`: where a camera looks from, as networks are told."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def camera_embeddings(elevation: float | Tensor, azimuth: float | Tensor) -> Tensor:
    """[N,1,4] of angles in degrees: the change of the polar angle, sine and cosine of the azimuth, the polar angle
    from which the change counts (https://arxiv.org/abs/2303.11328, with Stable Zero123's fourth number)."""
    high, round_ = (torch.as_tensor(angle, dtype=torch.float32).reshape(-1) for angle in (elevation, azimuth))
    count = max(len(high), len(round_))
    high, round_ = high.expand(count).deg2rad(), round_.expand(count).deg2rad()
    level = torch.full((count,), math.pi / 2)
    return torch.stack([-high, round_.sin(), round_.cos(), level], dim=-1)[:, None]
