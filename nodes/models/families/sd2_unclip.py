"""Stable Diffusion 2.1 unCLIP: image variations told as a vector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from graphcore.errors import ModelError
from nodes.models.family import Candidate, Family, default_heads
from nodes.sampling.latent_formats import SD1
from nodes.sampling.model_sampling import discrete

TITLE = "Stable Diffusion 2.1 unCLIP"


def detect(candidate: Candidate) -> Family | None:
    shape = candidate.shape
    if not shape.linear_projection or shape.adm is None or shape.context is None or not any(shape.depths[0]):
        return None
    width = shape.adm

    def conditions(cond: Mapping[str, Any]) -> Mapping[str, Tensor]:
        if cond.get("unclip_conditioning"):
            raise ModelError("Image prompts (unCLIP conditioning) are not supported; use a text prompt alone.")
        return {"y": torch.zeros(1, width)}

    heads, sampling = default_heads(shape), discrete("v_prediction")
    return Family("sd2", TITLE, shape, heads, SD1, sampling, conditions, upcast_attention=True)
