"""UniPC: predictor and corrector of one form and any order (https://arxiv.org/abs/2302.04867), predicting the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise, no_noise

Variant = Literal["bh1", "bh2"]
"""B(h) = h, or B(h) = expm1(h)."""


def above_zero(sigmas: Tensor) -> Tensor:
    """`sigmas` with a last 0 replaced by 0.001: half the log-SNR at 0 is infinite."""
    if len(sigmas) and sigmas[-1] == 0:
        sigmas = sigmas.clone()
        sigmas[-1] = 0.001
    return sigmas


@dataclass(frozen=True)
class _Point:
    """A level already visited: its index among the sigmas, and the prediction there."""

    index: int
    D: Tensor


class _VpSpace:
    """The levels as a variance-preserving diffusion: y = alpha * x, alpha**2 + std**2 = 1, lambda = ln(alpha / std).

    float32 throughout: near 0 these formulas lose digits, and results depend on which.
    """

    def __init__(self, sigmas: Tensor):
        self.sigmas = sigmas
        log_alpha = 0.5 * torch.log(1 / (sigmas**2 + 1))
        self.alpha = log_alpha.exp()
        self.std = torch.sqrt(1 - torch.exp(2 * log_alpha))
        self.lambda_ = log_alpha - 0.5 * torch.log(1 - torch.exp(2 * log_alpha))

    def predict(self, denoiser: Denoiser, y: Tensor, i: int) -> Tensor:
        """The data in y at level i."""
        sigma = self.sigmas[i]
        x = y * torch.sqrt(sigma**2 + 1)
        eps = (x - denoiser(x, sigma * x.new_ones(x.shape[0]))) / sigma
        return (y - self.std[i] * eps) / self.alpha[i]


def uni_pc(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise = no_noise,
    callback: Callback = silent,
    variant: Variant = "bh1",
) -> Tensor:
    """UniPC of order 3 over all levels; algorithms 5 and 6. One step alone leaves x as it is."""
    sigmas = above_zero(sigmas)
    space, total = _VpSpace(sigmas), len(sigmas) - 1
    if total < 1:
        return x
    max_order = min(3, total - 1)
    y = x / torch.sqrt(1 + sigmas[0] ** 2)
    points = [_Point(0, space.predict(denoiser, y, 0))]
    callback(0, points[0].D, y, total)
    for k in range(1, total + 1 if max_order else 1):
        order = min(k, max_order, total + 1 - k)
        y, D = _update(denoiser, space, y, points, k, order, variant, correct=k < total)
        if D is not None:
            points = [_Point(k, D), *points][:max_order]
        if k < total:
            callback(k, points[0].D, y, total)
    return y / space.alpha[-1]


def _update(
    denoiser: Denoiser,
    space: _VpSpace,
    y: Tensor,
    points: list[_Point],
    k: int,
    order: int,
    variant: Variant,
    *,
    correct: bool,
) -> tuple[Tensor, Tensor | None]:
    """y at level k from y at the newest of `points`; with `correct` also the prediction there, used and returned."""
    newest = points[0]
    h = space.lambda_[k] - space.lambda_[newest.index]
    ratios = [(space.lambda_[point.index] - space.lambda_[newest.index]) / h for point in points[1:order]]
    slopes = [(point.D - newest.D) / r for point, r in zip(points[1:order], ratios, strict=True)]
    B = -h if variant == "bh1" else torch.expm1(-h)
    R, b = _system(torch.stack([*ratios, torch.ones_like(h)]), -h, B)
    base = space.std[k] / space.std[newest.index] * y - space.alpha[k] * torch.expm1(-h) * newest.D
    y_next = base - space.alpha[k] * B * _combined(_predictor(R, b), slopes)
    if not correct:
        return y_next, None
    D = space.predict(denoiser, y_next, k)
    rhos = torch.linalg.solve(R, b) if order > 1 else torch.full_like(b, 0.5)
    return base - space.alpha[k] * B * _combined(rhos, [*slopes, D - newest.D]), D


def _system(ratios: Tensor, hh: Tensor, B: Tensor) -> tuple[Tensor, Tensor]:
    """R and b of the order conditions R rho = b (theorem 3.1)."""
    rows, b, factorial = [], [], 1
    phi = torch.expm1(hh) / hh - 1
    for j in range(1, len(ratios) + 1):
        rows.append(ratios ** (j - 1))
        b.append(phi * factorial / B)
        factorial *= j + 1
        phi = phi / hh - 1 / factorial
    return torch.stack(rows), torch.stack(b)


def _predictor(R: Tensor, b: Tensor) -> Tensor:
    """The predictor's weights: without the point it is about to reach. Order 2 takes the limit value."""
    if len(b) <= 2:
        return torch.full_like(b[:-1], 0.5)
    rhos: Tensor = torch.linalg.solve(R[:-1, :-1], b[:-1])
    return rhos


def _combined(weights: Tensor, slopes: list[Tensor]) -> Tensor | float:
    return sum((weight * slope for weight, slope in zip(weights, slopes, strict=True)), start=0.0)
