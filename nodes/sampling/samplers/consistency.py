"""Samplers of consistency models: jump to the prediction, add fresh noise, jump again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise, no_noise

Resize: TypeAlias = Callable[[Tensor, int, int], Tensor]
"""`resize(latent, width, height)`."""


def lcm(denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, noise: StepNoise, callback: Callback = silent) -> Tensor:
    """Multistep consistency sampling: https://arxiv.org/abs/2303.01469, algorithm 1."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        x = D
        if sigma_next > 0:
            x = denoiser.model_sampling.noise_scaling(sigma_next, noise(sigma, sigma_next), x)
    return x


def lcm_upscale(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    resize: Resize,
    noise: StepNoise = no_noise,
    callback: Callback = silent,
    total_upscale: float = 2.0,
    upscale_steps: int | None = None,
    fresh_noise: Callable[[Tensor], Tensor] = torch.randn_like,
) -> Tensor:
    """Consistency sampling that enlarges the prediction by equal amounts in its first `upscale_steps` steps.

    `resize` is how; the noise comes from torch's global generator, as the size changes on the way.
    """
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    count = min(upscale_steps + 1, len(sigmas) + 1) if upscale_steps is not None else max(len(sigmas) // 2 + 1, 2)
    height, width = x.shape[-2:]
    scales = np.linspace(1.0, total_upscale, count)[1:].tolist()
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        x = D
        if i < len(scales):
            x = resize(x, round(width * scales[i]), round(height * scales[i]))
        if sigma_next > 0:
            x = x + sigma_next * fresh_noise(x)
    return x
