"""DEIS: exponential integrator with the noise prediction extrapolated in time (https://arxiv.org/abs/2204.13902)."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise, no_noise

# The time axis is that of a variance-preserving diffusion fitted to this noise range.
SIGMA_MIN, SIGMA_MAX, EPS_S = 0.002, 80.0, 1e-3
QUADRATURE_POINTS = 10000

BETA_D = 2 * (math.log(SIGMA_MIN**2 + 1) / EPS_S - math.log(SIGMA_MAX**2 + 1)) / (EPS_S - 1)
BETA_MIN = math.log(SIGMA_MAX**2 + 1) - BETA_D / 2


def deis(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise = no_noise,
    callback: Callback = silent,
    max_order: int = 3,
) -> Tensor:
    """tAB-DEIS: a polynomial through the last slopes, of degree up to `max_order` - 1, integrated numerically."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    times = _time_of(sigmas)
    slopes: list[Tensor] = []
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        slopes = [(x - D) / sigma, *slopes][:max_order]
        if len(slopes) == 1 or sigma_next <= 0:
            x = x + (sigma_next - sigma) * slopes[0]
            continue
        weights = _weights(times[i + 1], times[: i + 1].flip(0)[: len(slopes)])
        for weight, d in zip(weights, slopes, strict=True):
            x = x + weight * d
    return x


def _time_of(sigmas: Tensor) -> Tensor:
    return (torch.sqrt(BETA_MIN**2 + 2 * BETA_D * torch.log(sigmas**2 + 1)) - BETA_MIN) / BETA_D


def _weights(t_next: Tensor, points: Tensor) -> list[Tensor]:
    """The integral of g times each Lagrange basis polynomial of `points` (newest first), from points[0] to t_next."""
    t = points[0]
    taus = torch.linspace(float(t), float(t_next), QUADRATURE_POINTS, dtype=points.dtype)
    # In the exponent the slope of beta(t) is BETA_D, as beta runs from BETA_MIN to BETA_MIN + BETA_D.
    alpha = torch.exp(-0.5 * taus**2 * BETA_D - taus * BETA_MIN)
    g = 0.5 * (taus * BETA_D + BETA_MIN) / torch.sqrt(alpha * (1 - alpha))
    weights = []
    for j, point in enumerate(points):
        basis = g
        for k, other in enumerate(points):
            if k != j:
                basis = basis * (taus - other) / (point - other)
        weights.append(basis.sum() * ((t_next - t) / QUADRATURE_POINTS))
    return weights
