"""DPM-Solver++ without SDE noise (https://arxiv.org/abs/2211.01095), in t = -ln(sigma), predicting the data."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise, no_noise
from nodes.sampling.samplers.steps import HalfLogSnr, ancestral_step, flow_ancestral_step, log_midpoint


def dpmpp_2s_ancestral(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise,
    callback: Callback = silent,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """DPM-Solver++(2S), algorithm 1, with ancestral noise."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    step = _flow_ancestral if denoiser.model_sampling.is_flow else _ancestral
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        x = step(denoiser, x, D, sigma, sigma_next, noise, eta, s_noise)
    return x


def _ancestral(
    denoiser: Denoiser,
    x: Tensor,
    D: Tensor,
    sigma: Tensor,
    sigma_next: Tensor,
    noise: StepNoise,
    eta: float,
    s_noise: float,
) -> Tensor:
    down, up = ancestral_step(sigma, sigma_next, eta)
    if down == 0:
        x = x + (x - D) / sigma * (down - sigma)
    else:
        sigma_mid = log_midpoint(sigma, down)
        h = (sigma / down).log()
        x_2 = sigma_mid / sigma * x - torch.expm1(-h / 2) * D
        D_2 = denoiser(x_2, sigma_mid * x.new_ones(x.shape[0]))
        x = down / sigma * x - torch.expm1(-h) * D_2
    return x + noise(sigma, sigma_next) * s_noise * up if sigma_next > 0 else x


def _flow_ancestral(
    denoiser: Denoiser,
    x: Tensor,
    D: Tensor,
    sigma: Tensor,
    sigma_next: Tensor,
    noise: StepNoise,
    eta: float,
    s_noise: float,
) -> Tensor:
    down, scale, up = flow_ancestral_step(sigma, sigma_next, eta)
    if sigma_next == 0:
        return x + (x - D) / sigma * (down - sigma)
    if sigma == 1:
        # Half the log-SNR of pure noise is minus infinity: the middle is taken to be right after the start.
        sigma_mid = torch.full_like(sigma, 0.9999)
    else:
        snr = HalfLogSnr(denoiser.model_sampling)
        sigma_mid = snr.sigma(snr.of(sigma).lerp(snr.of(down), 0.5))
    ratio = sigma_mid / sigma
    D_2 = denoiser(ratio * x + (1 - ratio) * D, sigma_mid * x.new_ones(x.shape[0]))
    x = down / sigma * x + (1 - down / sigma) * D_2
    return scale * x + noise(sigma, sigma_next) * s_noise * up if eta > 0 else x


def dpmpp_2s_ancestral_cfg_pp(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise,
    callback: Callback = silent,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """DPM-Solver++(2S) with ancestral noise and CFG++ (https://arxiv.org/abs/2406.08070)."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D, u = denoiser.with_uncond(x, sigma * ones)
        callback(i, D, x, total)
        down, up = ancestral_step(sigma, sigma_next, eta)
        if down == 0:
            x = D + (x - u) / sigma * down
        else:
            sigma_mid = log_midpoint(sigma, down)
            h = (sigma / down).log()
            x_2 = sigma_mid / sigma * (x + (D - u)) - torch.expm1(-h / 2) * D
            D_2, u = denoiser.with_uncond(x_2, sigma_mid * ones)
            x = down / sigma * (x + (D - u)) - torch.expm1(-h) * D_2
        if sigma_next > 0:
            x = x + noise(sigma, sigma_next) * s_noise * up
    return x


def dpmpp_2m(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise = no_noise,
    callback: Callback = silent,
) -> Tensor:
    """DPM-Solver++(2M), algorithm 2. Flow models are treated like the others."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    times = sigmas.log().neg()
    D_last: Tensor | None = None
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        h = times[i + 1] - times[i]
        D_mean = D
        if D_last is not None and sigma_next != 0:
            r = (times[i] - times[i - 1]) / h
            D_mean = (1 + 1 / (2 * r)) * D - 1 / (2 * r) * D_last
        x = sigma_next / sigma * x - torch.expm1(-h) * D_mean
        D_last = D
    return x


def dpmpp_2m_cfg_pp(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise = no_noise,
    callback: Callback = silent,
) -> Tensor:
    """DPM-Solver++(2M) with CFG++ (https://arxiv.org/abs/2406.08070)."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    times = sigmas.log().neg()
    u_last: Tensor | None = None
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D, u = denoiser.with_uncond(x, sigma * ones)
        callback(i, D, x, total)
        h = times[i + 1] - times[i]
        mix = -torch.exp(-h) * u
        if u_last is not None and sigma_next != 0:
            r = (times[i] - times[i - 1]) / h
            mix = mix - torch.expm1(-h) / (2 * r) * (D - u_last)
        x = D + mix + torch.exp(-h) * x
        u_last = u
    return x
