"""Adaptive projected guidance (https://arxiv.org/abs/2410.02416)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor
from torch.linalg import vector_norm

from nodes.guidance.options import with_pre_cfg

if TYPE_CHECKING:
    from nodes.models.model import Model

DIMS = (-1, -2, -3)


@dataclass(eq=False)
class Momentum:
    """A running sum of guidance directions. It starts anew whenever sigma rises: that is another sampling."""

    momentum: float
    sum: Tensor | float = 0.0
    sigma: float = math.inf

    def add(self, guidance: Tensor, sigma: float) -> Tensor:
        if self.momentum == 0:
            return guidance
        if sigma > self.sigma:
            self.sum = 0.0
        self.sigma = sigma
        self.sum = guidance + self.momentum * self.sum
        return self.sum


def adaptive_projection(model: Model, eta: float, norm_threshold: float, momentum: float) -> Model:
    """Guide along what is orthogonal to the conditional prediction, and `eta` times along what is parallel to it.

    `norm_threshold` limits the direction's norm (0: no limit); `momentum` below 0 damps what earlier steps did.
    """
    running = Momentum(momentum)

    def pre_cfg(args: dict[str, Any]) -> list[Tensor]:
        outputs: list[Tensor] = args["conds_out"]
        if len(args["conds"]) < 2 or args["conds"][1] is None:
            return outputs
        cond, uncond, *others = outputs
        guidance = running.add(cond - uncond, float(args["sigma"][0]) if momentum != 0 else 0.0)
        parallel, orthogonal = projected(limited(guidance, norm_threshold), cond)
        wanted = uncond + orthogonal + eta * parallel + (cond - uncond) / args["cond_scale"]
        return [wanted, uncond, *others]

    return with_pre_cfg(model, pre_cfg)


def limited(guidance: Tensor, threshold: float) -> Tensor:
    """`guidance` with a norm of at most `threshold` in each sample; as it is if that is 0."""
    if threshold <= 0:
        return guidance
    norm: Tensor = vector_norm(guidance, dim=DIMS, keepdim=True)
    return guidance * (threshold / norm).clamp(max=1.0)


def projected(guidance: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """The parts of `guidance` parallel and orthogonal to `reference`, a sample at a time."""
    direction = reference / vector_norm(reference, dim=DIMS, keepdim=True).clamp(min=1e-12)
    parallel = (guidance * direction).sum(dim=DIMS, keepdim=True) * direction
    return parallel, guidance - parallel
