"""DPM-Solver++ for the diffusion SDE (https://arxiv.org/abs/2211.01095), along a Brownian path."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise
from nodes.sampling.samplers.steps import HalfLogSnr, ancestral_step, offset_first_sigma


def dpmpp_sde(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise,
    callback: Callback = silent,
    eta: float = 1.0,
    s_noise: float = 1.0,
    r: float = 0.5,
) -> Tensor:
    """DPM-Solver++(S) with an inner step at the share `r` of the half-log-SNR."""
    snr = HalfLogSnr(denoiser.model_sampling)
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    for i, (sigma, sigma_next) in enumerate(pairwise(offset_first_sigma(sigmas, denoiser.model_sampling))):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        if sigma_next == 0:
            x = D
            continue
        sigma_mid = snr.sigma(snr.of(sigma).lerp(snr.of(sigma_next), r))
        x_2 = _sde_step(snr, x, D, sigma, sigma_mid, noise, eta, s_noise)
        D_2 = denoiser(x_2, sigma_mid * ones)
        D_mean = (1 - 1 / (2 * r)) * D + 1 / (2 * r) * D_2
        x = _sde_step(snr, x, D_mean, sigma, sigma_next, noise, eta, s_noise)
    return x


def _sde_step(
    snr: HalfLogSnr,
    x: Tensor,
    D: Tensor,
    sigma: Tensor,
    sigma_next: Tensor,
    noise: StepNoise,
    eta: float,
    s_noise: float,
) -> Tensor:
    """Ancestral step in sigma / alpha, the noise level of data of unit scale."""
    alpha, alpha_next = snr.alpha(sigma), snr.alpha(sigma_next)
    down, up = ancestral_step(sigma / alpha, sigma_next / alpha_next, eta)
    ratio = down / (sigma / alpha)
    x = alpha_next / alpha * ratio * x + alpha_next * (1 - ratio) * D
    if eta > 0 and s_noise > 0:
        x = x + alpha_next * noise(sigma, sigma_next) * s_noise * up
    return x


def dpmpp_2m_sde(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise,
    callback: Callback = silent,
    eta: float = 1.0,
    s_noise: float = 1.0,
    solver_type: Literal["midpoint", "heun"] = "midpoint",
) -> Tensor:
    """SDE-DPM-Solver++(2M)."""
    snr = HalfLogSnr(denoiser.model_sampling)
    sigmas = offset_first_sigma(sigmas, denoiser.model_sampling)
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    times = snr.of(sigmas)
    D_last: Tensor | None = None
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        if sigma_next == 0:
            x = D
        else:
            h = times[i + 1] - times[i]
            alpha, shrink = snr.alpha(sigma_next), -torch.expm1(-h * (eta + 1))
            x = _first_order(x, D, sigma, sigma_next, alpha, h, eta)
            if D_last is not None:
                slope = (D - D_last) * (h / (times[i] - times[i - 1]))
                weight = shrink / 2 if solver_type == "midpoint" else 1 - shrink / (h * (eta + 1))
                x = x + alpha * weight * slope
            x = _with_noise(x, sigma, sigma_next, h, noise, eta, s_noise)
        D_last = D
    return x


def dpmpp_3m_sde(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise,
    callback: Callback = silent,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """SDE-DPM-Solver++(3M): the predictions' quadratic through the last three points (Crowson, k-diffusion)."""
    snr = HalfLogSnr(denoiser.model_sampling)
    sigmas = offset_first_sigma(sigmas, denoiser.model_sampling)
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    times = snr.of(sigmas)
    history: list[Tensor] = []
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        history = [D, *history][:3]
        if sigma_next == 0:
            x = D
            continue
        h, alpha = times[i + 1] - times[i], snr.alpha(sigma_next)
        x = _first_order(x, D, sigma, sigma_next, alpha, h, eta)
        x = x + alpha * _higher_orders(history, times[max(i - 2, 0) : i + 2].flip(0), eta)
        x = _with_noise(x, sigma, sigma_next, h, noise, eta, s_noise)
    return x


def _higher_orders(history: list[Tensor], times: Tensor, eta: float) -> Tensor | float:
    """What the derivatives of D add. `history` is newest first; so is `times`, after the time of the next level."""
    if len(history) == 1:
        return 0.0
    h = times[0] - times[1]
    h_eta = h * (eta + 1)
    phi_2 = torch.expm1(-h_eta) / h_eta + 1
    r0 = (times[1] - times[2]) / h
    d1_0 = (history[0] - history[1]) / r0
    if len(history) == 2:
        return phi_2 * d1_0
    r1 = (times[2] - times[3]) / h
    d1_1 = (history[1] - history[2]) / r1
    d1 = d1_0 + (d1_0 - d1_1) * r0 / (r0 + r1)
    d2 = (d1_0 - d1_1) / (r0 + r1)
    phi_3 = phi_2 / h_eta - 0.5
    return phi_2 * d1 - phi_3 * d2


def _first_order(
    x: Tensor, D: Tensor, sigma: Tensor, sigma_next: Tensor, alpha: Tensor, h: Tensor, eta: float
) -> Tensor:
    return sigma_next / sigma * torch.exp(-h * eta) * x - alpha * torch.expm1(-h * (eta + 1)) * D


def _with_noise(
    x: Tensor, sigma: Tensor, sigma_next: Tensor, h: Tensor, noise: StepNoise, eta: float, s_noise: float
) -> Tensor:
    if eta <= 0 or s_noise <= 0:
        return x
    return x + noise(sigma, sigma_next) * sigma_next * torch.sqrt(-torch.expm1(-2 * h * eta)) * s_noise
