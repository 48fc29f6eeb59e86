"""The original sampler of denoising diffusion, in sigma space."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise


def ddpm(denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, noise: StepNoise, callback: Callback = silent) -> Tensor:
    """Ho et al., https://arxiv.org/abs/2006.11239, algorithm 2."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        eps = (x - D) / sigma
        alpha_bar, alpha_bar_next = 1 / (sigma**2 + 1), 1 / (sigma_next**2 + 1)
        alpha = alpha_bar / alpha_bar_next
        y = x / torch.sqrt(1 + sigma**2)
        y = torch.sqrt(1 / alpha) * (y - (1 - alpha) * eps / torch.sqrt(1 - alpha_bar))
        if sigma_next > 0:
            y = y + torch.sqrt((1 - alpha) * (1 - alpha_bar_next) / (1 - alpha_bar)) * noise(sigma, sigma_next)
        x = y * torch.sqrt(1 + sigma_next**2)
    return x
