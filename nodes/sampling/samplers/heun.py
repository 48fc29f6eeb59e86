"""Heun's method: Euler's, corrected with the slope at the step's end."""

from __future__ import annotations

from itertools import pairwise
from typing import Unpack

import torch
from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise, no_noise
from nodes.sampling.samplers.steps import Churn, churned


def heun(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise = no_noise,
    callback: Callback = silent,
    **churn: Unpack[Churn],
) -> Tensor:
    """Karras et al., https://arxiv.org/abs/2206.00364, algorithm 2."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        x, sigma_hat = churned(x, sigma, total, **churn)
        D = denoiser(x, sigma_hat * ones)
        callback(i, D, x, total)
        d, dt = (x - D) / sigma_hat, sigma_next - sigma_hat
        if sigma_next != 0:
            x_2 = x + d * dt
            d_2 = (x_2 - denoiser(x_2, sigma_next * ones)) / sigma_next
            d = (d + d_2) / 2
        x = x + d * dt
    return x


def heunpp2(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise = no_noise,
    callback: Callback = silent,
    **churn: Unpack[Churn],
) -> Tensor:
    """Heun++: slopes of up to three levels ahead, weighted by sigma (https://arxiv.org/abs/2306.12917, section 4)."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    draw = churn.get("churn_noise", torch.randn_like)
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        # One draw a step even when it goes unused: later users of the global generator depend on its state.
        eps = draw(x)
        this_step: Churn = {**churn, "churn_noise": lambda _, eps=eps: eps}  # type: ignore[misc]
        x, sigma_hat = churned(x, sigma, total, **this_step)
        D = denoiser(x, sigma_hat * ones)
        callback(i, D, x, total)
        d, dt = (x - D) / sigma_hat, sigma_next - sigma_hat
        if sigma_next != sigmas[-1]:
            ahead = sigmas[i + 1 : i + 3 if sigmas[i + 2] != sigmas[-1] else i + 2]
            d = _weighted_slope(denoiser, x, d, dt, ahead, sigmas[0])
        x = x + d * dt
    return x


def _weighted_slope(denoiser: Denoiser, x: Tensor, d: Tensor, dt: Tensor, ahead: Tensor, sigma_max: Tensor) -> Tensor:
    """Mean of `d` and of the slopes at the levels `ahead`, each weighing sigma / sigma_max over their number."""
    ones, slopes = x.new_ones(x.shape[0]), [d]
    for j, sigma in enumerate(ahead):
        x = x + slopes[-1] * (dt if j == 0 else sigma - ahead[j - 1])
        slopes.append((x - denoiser(x, sigma * ones)) / sigma)
    weights = ahead / (len(slopes) * sigma_max)
    mean = (1 - weights.sum()) * d
    for weight, slope in zip(weights, slopes[1:], strict=True):
        mean = mean + weight * slope
    return mean
