"""DPM-Solver-2 in sigma space: the slope is taken at the logarithmic midpoint of the step."""

from __future__ import annotations

from itertools import pairwise
from typing import Unpack

import torch
from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise, no_noise
from nodes.sampling.samplers.steps import Churn, ancestral_step, churned, flow_ancestral_step, log_midpoint


def dpm_2(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise = no_noise,
    callback: Callback = silent,
    **churn: Unpack[Churn],
) -> Tensor:
    """DPM-Solver-2 (https://arxiv.org/abs/2206.00927) with the churn of Karras et al. (algorithm 2)."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        x, sigma_hat = churned(x, sigma, total, **churn)
        D = denoiser(x, sigma_hat * ones)
        callback(i, D, x, total)
        x = _midpoint_step(denoiser, x, D, sigma_hat, sigma_next)
    return x


def dpm_2_ancestral(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise,
    callback: Callback = silent,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """DPM-Solver-2 with ancestral noise."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        scale = torch.ones_like(sigma)
        if denoiser.model_sampling.is_flow:
            down, scale, up = flow_ancestral_step(sigma, sigma_next, eta)
        else:
            down, up = ancestral_step(sigma, sigma_next, eta)
        x = _midpoint_step(denoiser, x, D, sigma, down)
        if down != 0:
            x = scale * x + noise(sigma, sigma_next) * s_noise * up
    return x


def _midpoint_step(denoiser: Denoiser, x: Tensor, D: Tensor, sigma: Tensor, sigma_next: Tensor) -> Tensor:
    d = (x - D) / sigma
    if sigma_next != 0:
        sigma_mid = log_midpoint(sigma, sigma_next)
        x_2 = x + d * (sigma_mid - sigma)
        d = (x_2 - denoiser(x_2, sigma_mid * x.new_ones(x.shape[0]))) / sigma_mid
    return x + d * (sigma_next - sigma)
