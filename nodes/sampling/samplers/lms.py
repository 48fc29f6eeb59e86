"""Linear multistep: Adams-Bashforth for uneven steps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.polynomial.legendre import leggauss
from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise, no_noise


def lms(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise = no_noise,
    callback: Callback = silent,
    order: int = 4,
) -> Tensor:
    """The slope's polynomial through the last `order` points, integrated over the step (Crowson, k-diffusion)."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    levels = sigmas.double().cpu().numpy()
    slopes: list[Tensor] = []
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        slopes = [(x - D) / sigma, *slopes][:order]
        if sigma_next == 0:
            x = D
            continue
        weights = lagrange_integrals(levels[i::-1][: len(slopes)], levels[i], levels[i + 1])
        for weight, d in zip(weights, slopes, strict=True):
            x = x + weight * d
    return x


def lagrange_integrals(points: np.ndarray, start: float, end: float) -> list[float]:
    """The integral over start..end of each Lagrange basis polynomial of `points`, exact up to rounding."""
    nodes, weights = leggauss(len(points))
    tau = (end - start) / 2 * nodes + (start + end) / 2
    scaled = (end - start) / 2 * weights
    bases = (
        np.prod([(tau - other) / (point - other) for k, other in enumerate(points) if k != j] or [np.ones_like(tau)], 0)
        for j, point in enumerate(points)
    )
    return [float(scaled @ basis) for basis in bases]
