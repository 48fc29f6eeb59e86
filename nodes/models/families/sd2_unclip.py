"""Stable Diffusion 2.1 unCLIP: image variations told as a vector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from nodes.models.family import Candidate, Family, default_heads
from nodes.models.unclip import MERGE_NOISE, NoiseAugmentor, image_vector
from nodes.sampling.latent_formats import SD1
from nodes.sampling.model_sampling import discrete

TITLE = "Stable Diffusion 2.1 unCLIP"


def detect(candidate: Candidate) -> Family | None:
    shape = candidate.shape
    if not shape.linear_projection or shape.adm is None or shape.context is None or not any(shape.depths[0]):
        return None
    width = shape.adm
    augmentor = NoiseAugmentor.of(width // 2, candidate.marks)

    def conditions(cond: Mapping[str, Any]) -> Mapping[str, Tensor]:
        prompts = cond.get("unclip_conditioning")
        if not prompts:
            return {"y": torch.zeros(1, width)}
        return {"y": image_vector(prompts, augmentor, MERGE_NOISE, cond.get("seed", 0))}

    heads, sampling = default_heads(shape), discrete("v_prediction")
    return Family("sd2", TITLE, shape, heads, SD1, sampling, conditions, upcast_attention=True)
