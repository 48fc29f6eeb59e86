"""Euler's method on the probability-flow ODE dx/dsigma = (x - D) / sigma, and its guided form CFG++."""

from __future__ import annotations

from itertools import pairwise
from typing import Unpack

from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise, no_noise
from nodes.sampling.samplers.steps import Churn, churned


def euler(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise = no_noise,
    callback: Callback = silent,
    **churn: Unpack[Churn],
) -> Tensor:
    """Karras et al., https://arxiv.org/abs/2206.00364, algorithm 2 without the correction."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        x, sigma_hat = churned(x, sigma, total, **churn)
        D = denoiser(x, sigma_hat * ones)
        callback(i, D, x, total)
        d = (x - D) / sigma_hat
        x = x + d * (sigma_next - sigma_hat)
    return x


def euler_alternative_cfg_pp(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise = no_noise,
    callback: Callback = silent,
) -> Tensor:
    """Euler with the difference of prompted and unprompted prediction taken off x before the slope is measured."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D, u = denoiser.with_uncond(x, sigma * ones)
        callback(i, D, x, total)
        d = ((x - D + u) - D) / sigma
        x = x + d * (sigma_next - sigma)
    return x
