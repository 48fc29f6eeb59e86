"""The SDXL refiner: attention in the middle levels only, an aesthetic score in place of a target size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from nodes.models.conds import refiner_vector
from nodes.models.family import Candidate, Family, default_heads
from nodes.sampling.latent_formats import SDXL
from nodes.sampling.model_sampling import discrete

TITLE = "SDXL refiner"


def detect(candidate: Candidate) -> Family | None:
    shape = candidate.shape
    if not shape.linear_projection or shape.adm is None or shape.context is None:
        return None
    if any(shape.depths[0]) or any(shape.depths[-1]):
        return None
    width = shape.adm

    def conditions(cond: Mapping[str, Any]) -> Mapping[str, Tensor]:
        return {"y": refiner_vector(cond, width)}

    return Family("refiner", TITLE, shape, default_heads(shape), SDXL, discrete("eps"), conditions)
