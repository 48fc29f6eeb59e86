"""`comfy_extras.nodes_lt`: of it, the mask of a video's latent. The rest is for networks we do not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor


def get_noise_mask(latent: Mapping[str, Any]) -> Tensor:
    """A LATENT's mask [B,1,F,1,1] over its frames; ones where it has none."""
    mask, samples = latent.get("noise_mask"), latent["samples"]
    if mask is None:
        return torch.ones((samples.shape[0], 1, samples.shape[2], 1, 1), device=samples.device)
    found: Tensor = mask.clone()
    return found
