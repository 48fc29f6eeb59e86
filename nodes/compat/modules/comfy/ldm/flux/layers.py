"""`comfy.ldm.flux.layers`: of it, the embedding of times. The layers are stubs."""

from __future__ import annotations

from torch import Tensor

from nodes.compat.modules.comfy.ldm.modules.diffusionmodules import util


def timestep_embedding(t: Tensor, dim: int, max_period: float = 10000, time_factor: float = 1000.0) -> Tensor:
    """Sinusoidal embedding [B,dim] of times in 0..1."""
    embedding = util.timestep_embedding(time_factor * t, dim, max_period)
    return embedding.to(t) if t.is_floating_point() else embedding
