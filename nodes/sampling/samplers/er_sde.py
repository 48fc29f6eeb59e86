"""ER-SDE: extended reverse-time SDE solvers (https://arxiv.org/abs/2309.06169)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TypeAlias

import torch
from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise
from nodes.sampling.samplers.steps import HalfLogSnr, offset_first_sigma

NoiseScaler: TypeAlias = Callable[[Tensor], Tensor]
QUADRATURE_POINTS = 200


def er_sde_noise(v: Tensor) -> Tensor:
    """The paper's ER-SDE-5."""
    return v * (torch.exp(v**0.3) + 10.0)


def reverse_sde_noise(eta: float) -> NoiseScaler:
    """The ordinary reverse-time SDE; `eta` 0 is the ODE."""
    return lambda v: v ** (eta + 1)


def er_sde(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise,
    callback: Callback = silent,
    s_noise: float = 1.0,
    noise_scaler: NoiseScaler = er_sde_noise,
    max_stage: int = 3,
) -> Tensor:
    """VE and VP ER-SDE-Solver of up to 3 stages, algorithms 1 to 3, with v = sigma / alpha."""
    snr = HalfLogSnr(denoiser.model_sampling)
    sigmas = offset_first_sigma(sigmas, denoiser.model_sampling)
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    levels = sigmas / snr.alpha(sigmas)
    history: list[Tensor] = []
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        history = [D, *history][:max_stage]
        if sigma_next == 0:
            x = D
            continue
        v, v_next, alpha, alpha_next = levels[i], levels[i + 1], snr.alpha(sigma), snr.alpha(sigma_next)
        r = noise_scaler(v_next) / noise_scaler(v)
        x = alpha_next / alpha * r * x + alpha_next * (1 - r) * D
        derivatives = _derivatives(history, levels[max(i - 2, 0) : i + 1].flip(0))
        for weight, derivative in zip(_weights(v, v_next, noise_scaler), derivatives, strict=False):
            x = x + alpha_next * weight * derivative
        if s_noise > 0:
            deviation = torch.sqrt(v_next**2 - v**2 * r**2).nan_to_num(nan=0.0)
            x = x + alpha_next * noise(sigma, sigma_next) * s_noise * deviation
    return x


def _derivatives(history: list[Tensor], levels: Tensor) -> list[Tensor]:
    """The first and second derivative of D by v, as far as the predictions go; both arguments newest first."""
    slopes = [(D - older) / (levels[j] - levels[j + 1]) for j, (D, older) in enumerate(pairwise(history))]
    if len(slopes) < 2:
        return slopes
    return [slopes[0], (slopes[0] - slopes[1]) / ((levels[0] - levels[2]) / 2)]


def _weights(v: Tensor, v_next: Tensor, noise_scaler: NoiseScaler) -> tuple[Tensor, Tensor]:
    """What the derivatives count for in a step from v to v_next: integrals over 1 / noise_scaler, by rectangles."""
    dt = v_next - v
    step = -dt / QUADRATURE_POINTS
    points = v_next + torch.arange(QUADRATURE_POINTS, dtype=v.dtype) * step
    density = step / noise_scaler(points)
    first = dt + density.sum() * noise_scaler(v_next)
    second = dt**2 / 2 + ((points - v) * density).sum() * noise_scaler(v_next)
    return first, second
