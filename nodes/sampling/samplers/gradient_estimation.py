"""Euler steps along a slope extrapolated from the last one."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise, no_noise


def gradient_estimation(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise = no_noise,
    callback: Callback = silent,
    ge_gamma: float = 2.0,
    cfg_pp: bool = False,
) -> Tensor:
    """Permenter and Yuan, https://openreview.net/pdf?id=o2ND9v0CeK, algorithm 2; `cfg_pp`: with CFG++ steps."""
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    d_last: Tensor | None = None
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D, u = denoiser.with_uncond(x, sigma * ones) if cfg_pp else (denoiser(x, sigma * ones), None)
        callback(i, D, x, total)
        d = (x - (D if u is None else u)) / sigma
        if sigma_next == 0:
            x = D
        else:
            dt = sigma_next - sigma
            x = x + d * dt if u is None else D + d * sigma_next
            if d_last is not None:
                x = x + (ge_gamma - 1) * (d - d_last) * dt
        d_last = d
    return x
