"""RES: a refined exponential solver, second order in t = -ln(sigma), multistep."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise
from nodes.sampling.samplers.steps import ancestral_step


def res_multistep(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise,
    callback: Callback = silent,
    eta: float = 1.0,
    s_noise: float = 1.0,
    cfg_pp: bool = False,
) -> Tensor:
    """https://arxiv.org/abs/2308.02157, algorithm 2; `eta` > 0: with ancestral noise; `cfg_pp`: with CFG++ steps."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    D_last: Tensor | None = None
    down_last = sigmas[0]
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D, u = denoiser.with_uncond(x, sigma * ones) if cfg_pp else (denoiser(x, sigma * ones), None)
        callback(i, D, x, total)
        down, up = ancestral_step(sigma, sigma_next, eta)
        if down == 0 or D_last is None:
            x = x + (x - D) / sigma * (down - sigma) if u is None else D + (x - u) / sigma * down
        else:
            h, b1, b2 = _coefficients(sigma, down, sigmas[i - 1], down_last)
            newest = D if u is None else u
            x = x if u is None else x + (D - u)
            x = torch.exp(-h) * x + h * (b1 * newest + b2 * D_last)
        if sigma_next > 0 and eta:
            x = x + noise(sigma, sigma_next) * s_noise * up
        D_last, down_last = D if u is None else u, down
    return x


def _coefficients(sigma: Tensor, down: Tensor, sigma_last: Tensor, down_last: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(h, b1, b2): the step's length and the weights of the newest prediction and the one before."""
    t, t_next, t_last, t_down_last = -sigma.log(), -down.log(), -sigma_last.log(), -down_last.log()
    h = t_next - t
    c2 = (t_last - t_down_last) / h
    phi_1 = torch.expm1(-h) / (-h)
    phi_2 = (phi_1 - 1.0) / (-h)
    b1 = torch.nan_to_num(phi_1 - phi_2 / c2, nan=0.0)
    b2 = torch.nan_to_num(phi_2 / c2, nan=0.0)
    return h, b1, b2
