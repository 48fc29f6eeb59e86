"""Euler's method with ancestral noise: each step goes further down than asked, then adds noise back."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise
from nodes.sampling.samplers.steps import HalfLogSnr, ancestral_step, flow_ancestral_step


def euler_ancestral(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise,
    callback: Callback = silent,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """Song et al., https://arxiv.org/abs/2010.02502, in sigma space; flow models keep their mixing ratio."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        if denoiser.model_sampling.is_flow:
            x = _flow_step(x, D, sigma, sigma_next, noise, eta, s_noise)
            continue
        down, up = ancestral_step(sigma, sigma_next, eta)
        x = x + (x - D) / sigma * (down - sigma) if down != 0 else D
        if down != 0:
            x = x + noise(sigma, sigma_next) * s_noise * up
    return x


def _flow_step(
    x: Tensor, D: Tensor, sigma: Tensor, sigma_next: Tensor, noise: StepNoise, eta: float, s_noise: float
) -> Tensor:
    if sigma_next == 0:
        return D
    down, scale, up = flow_ancestral_step(sigma, sigma_next, eta)
    ratio = down / sigma
    x = ratio * x + (1 - ratio) * D
    return scale * x + noise(sigma, sigma_next) * s_noise * up if eta > 0 else x


def euler_ancestral_cfg_pp(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise,
    callback: Callback = silent,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """CFG++ (https://arxiv.org/abs/2406.08070): noise is put back along the unprompted direction.

    `eta` 0 is the deterministic sampler euler_cfg_pp.
    """
    snr = HalfLogSnr(denoiser.model_sampling)
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D, u = denoiser.with_uncond(x, sigma * ones)
        callback(i, D, x, total)
        if sigma_next == 0:
            x = D
            continue
        alpha, alpha_next = snr.alpha(sigma), snr.alpha(sigma_next)
        d = (x - alpha * u) / sigma
        down, up = ancestral_step(sigma / alpha, sigma_next / alpha_next, eta)
        x = alpha_next * D + alpha_next * down * d
        if eta > 0 and s_noise > 0:
            x = x + alpha_next * noise(sigma, sigma_next) * s_noise * up
    return x
