"""The parts that samplers share: ancestral steps, noise churn, and the half-log-SNR time of the flow-aware ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypedDict

import torch
from torch import Tensor

from nodes.sampling.model_sampling import ModelSampling


def ancestral_step(sigma: Tensor, sigma_next: Tensor, eta: float) -> tuple[Tensor, Tensor]:
    """(down, up): go down to `down` without noise, then add `up` of noise, and arrive at `sigma_next`.

    Song et al., https://arxiv.org/abs/2010.02502, eq. 16; `eta` 0 is deterministic.
    """
    if not eta:
        return sigma_next, torch.zeros_like(sigma_next)
    up = eta * torch.sqrt(sigma_next**2 * (sigma**2 - sigma_next**2) / sigma**2)
    # min() keeps its first argument where `up` is NaN: infinite sigmas of flow models rely on it.
    up = min(sigma_next, up)
    return torch.sqrt(sigma_next**2 - up**2), up


def flow_ancestral_step(sigma: Tensor, sigma_next: Tensor, eta: float) -> tuple[Tensor, Tensor, Tensor]:
    """(down, scale, up) for x = sigma * noise + (1 - sigma) * data: go down to `down`, then scale * x + up * noise."""
    down = sigma_next * (1 + (sigma_next / sigma - 1) * eta)
    alpha_next, alpha_down = 1 - sigma_next, 1 - down
    up = torch.sqrt((sigma_next**2 - down**2 * alpha_next**2 / alpha_down**2).clamp(min=0))
    return down, alpha_next / alpha_down, up


class Churn(TypedDict, total=False):
    """EDM's stochasticity (https://arxiv.org/abs/2206.00364, algorithm 2): noise added back before a step."""

    s_churn: float
    s_tmin: float
    s_tmax: float
    s_noise: float
    churn_noise: Callable[[Tensor], Tensor]


def churned(
    x: Tensor,
    sigma: Tensor,
    steps: int,
    s_churn: float = 0.0,
    s_tmin: float = 0.0,
    s_tmax: float = math.inf,
    s_noise: float = 1.0,
    churn_noise: Callable[[Tensor], Tensor] = torch.randn_like,
) -> tuple[Tensor, Tensor]:
    """x with noise added back, and its new noise level. Draws from torch's global generator, as the field does."""
    gamma = min(s_churn / steps, 2**0.5 - 1) if s_tmin <= sigma <= s_tmax else 0.0
    if gamma <= 0:
        return x, sigma
    sigma_hat = sigma * (gamma + 1)
    return x + churn_noise(x) * s_noise * torch.sqrt(sigma_hat**2 - sigma**2), sigma_hat


def log_midpoint(sigma: Tensor, sigma_next: Tensor) -> Tensor:
    """The geometric mean."""
    return sigma.log().lerp(sigma_next.log(), 0.5).exp()


class HalfLogSnr:
    """Time as lambda = ln(alpha / sigma), half the log signal-to-noise ratio, for both ways of noising.

    alpha is 1 where noise is added, and 1 - sigma where it is mixed in.
    """

    def __init__(self, model: ModelSampling):
        self.is_flow = model.is_flow

    def of(self, sigma: Tensor) -> Tensor:
        """lambda(sigma)."""
        return sigma.logit().neg() if self.is_flow else sigma.log().neg()

    def sigma(self, lambda_: Tensor) -> Tensor:
        """sigma(lambda)."""
        return lambda_.neg().sigmoid() if self.is_flow else lambda_.neg().exp()

    def alpha(self, sigma: Tensor) -> Tensor:
        """The share of the data in x."""
        return 1 - sigma if self.is_flow else torch.ones_like(sigma)


def offset_first_sigma(sigmas: Tensor, model: ModelSampling) -> Tensor:
    """`sigmas` with a first flow sigma of 1, whose signal-to-noise ratio is 0, moved just below it."""
    if model.is_flow and len(sigmas) > 1 and sigmas[0] >= 1:
        sigmas = sigmas.clone()
        sigmas[0] = model.percent_to_sigma(1e-4)
    return sigmas
