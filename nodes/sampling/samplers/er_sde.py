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
    D_last = derivative_last = x
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        if sigma_next == 0:
            x = D
            continue
        v, v_next, alpha, alpha_next = levels[i], levels[i + 1], snr.alpha(sigma), snr.alpha(sigma_next)
        r = noise_scaler(v_next) / noise_scaler(v)
        x = alpha_next / alpha * r * x + alpha_next * (1 - r) * D
        stage = min(max_stage, i + 1)
        if stage >= 2:
            dt = v_next - v
            points = v_next + torch.arange(QUADRATURE_POINTS, dtype=v.dtype) * (-dt / QUADRATURE_POINTS)
            density = (-dt / QUADRATURE_POINTS) / noise_scaler(points)
            derivative = (D - D_last) / (v - levels[i - 1])
            x = x + alpha_next * (dt + density.sum() * noise_scaler(v_next)) * derivative
            if stage >= 3:
                second = (derivative - derivative_last) / ((v - levels[i - 2]) / 2)
                moment = ((points - v) * density).sum()
                x = x + alpha_next * (dt**2 / 2 + moment * noise_scaler(v_next)) * second
            derivative_last = derivative
        if s_noise > 0:
            deviation = torch.sqrt(v_next**2 - v**2 * r**2).nan_to_num(nan=0.0)
            x = x + alpha_next * noise(sigma, sigma_next) * s_noise * deviation
        D_last = D
    return x
