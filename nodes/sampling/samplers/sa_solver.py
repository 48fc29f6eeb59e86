"""SA-Solver: stochastic Adams predictor and corrector (https://arxiv.org/abs/2309.05019), predicting the data."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.model_sampling import ModelSampling
from nodes.sampling.noise import StepNoise
from nodes.sampling.samplers.steps import HalfLogSnr, offset_first_sigma

Tau: TypeAlias = Callable[[Tensor], float]
"""tau(sigma): how stochastic the SDE is there; 0 is the ODE, 1 the usual reverse SDE."""


def tau_between(model: ModelSampling, start: float = 0.2, end: float = 0.8, eta: float = 1.0) -> Tau:
    """`eta` from the share `start` to the share `end` of the sampling, 0 elsewhere."""
    high, low = model.percent_to_sigma(start), model.percent_to_sigma(end)
    return lambda sigma: eta if high >= sigma >= low else 0.0


def sa_solver(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise,
    callback: Callback = silent,
    tau: Tau | None = None,
    s_noise: float = 1.0,
    predictor_order: int = 3,
    corrector_order: int = 4,
    use_pece: bool = False,
    simple_order_2: bool = False,
) -> Tensor:
    """Algorithm 1. `tau` defaults to the SDE in the middle of the sampling; `use_pece` evaluates again after correcting."""
    model = denoiser.model_sampling
    tau = tau or tau_between(model)
    snr, sigmas = HalfLogSnr(model), offset_first_sigma(sigmas, model)
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    lambdas = snr.of(sigmas)
    predicted, step_noise = x, None
    tau_t, h = 0.0, torch.zeros_like(sigmas[0])
    history: list[Tensor] = []

    for i in range(total):
        sigma, sigma_next = sigmas[i], sigmas[i + 1]
        D = denoiser(predicted, sigma * ones)
        callback(i, D, predicted, total)
        history = [*history, D][-max(predictor_order, corrector_order) :]
        predictor, corrector = _orders(
            i, sigmas, len(history), predictor_order, corrector_order, use_pece
        )
        if corrector == 0:
            x = predicted
        else:
            nodes = lambdas[i - corrector + 1 : i + 1]
            weights = adams_weights(
                sigma, snr, nodes, lambdas[i - 1], lambdas[i], tau_t, simple_order_2, is_corrector=True
            )
            x = _step(x, sigmas[i - 1], sigma, tau_t, h, weights, history[-corrector:], step_noise)
            if use_pece:
                history[-1] = D = denoiser(x, sigma * ones)
        if sigma_next == 0:
            x = D
            continue
        tau_t = tau(sigma_next)
        nodes = lambdas[i - predictor + 1 : i + 1]
        weights = adams_weights(
            sigma_next, snr, nodes, lambdas[i], lambdas[i + 1], tau_t, simple_order_2, is_corrector=False
        )
        h, step_noise = lambdas[i + 1] - lambdas[i], None
        if tau_t > 0 and s_noise > 0:
            deviation = sigma_next * torch.sqrt(-torch.expm1(-2 * tau_t**2 * h)) * s_noise
            step_noise = noise(sigma, sigma_next) * deviation
        predicted = _step(x, sigma, sigma_next, tau_t, h, weights, history[-predictor:], step_noise)
    return x


def _orders(
    i: int, sigmas: Tensor, known: int, predictor_order: int, corrector_order: int, use_pece: bool
) -> tuple[int, int]:
    """(predictor, corrector) order at step i: as much as is known, less towards an end at 0; 0 is no correction."""
    total = len(sigmas) - 1
    predictor = min(predictor_order, known)
    skips = i == 0 or (sigmas[i + 1] == 0 and not use_pece)
    corrector = 0 if skips else min(corrector_order, known)
    if sigmas[-1] == 0:
        predictor = min(predictor, total - 1 - i)
        corrector = min(corrector, total - i)
    return predictor, corrector


def _step(
    x: Tensor,
    sigma: Tensor,
    sigma_next: Tensor,
    tau: float,
    h: Tensor,
    weights: Tensor,
    history: list[Tensor],
    step_noise: Tensor | None,
) -> Tensor:
    x = sigma_next / sigma * torch.exp(-(tau**2) * h) * x
    for weight, D in zip(weights, history, strict=True):
        x = x + weight * D
    return x if step_noise is None else x + step_noise


def adams_weights(
    sigma_next: Tensor,
    snr: HalfLogSnr,
    nodes: Tensor,
    start: Tensor,
    end: Tensor,
    tau: float,
    simple_order_2: bool,
    *,
    is_corrector: bool,
) -> Tensor:
    """The weights b of the predictions known at the half-log-SNRs `nodes` (oldest first), from `start` to `end`.

    Proposition 4.2 and appendix B: the exponentially weighted integral of the Lagrange polynomials. `simple_order_2`
    replaces the one for two nodes by the paper's simpler form of the same order.
    """
    alpha, m = snr.alpha(sigma_next), 1 + tau**2
    h = end - start
    if simple_order_2 and len(nodes) == 2:
        whole = -torch.expm1(-m * h)
        if is_corrector:
            newest = 0.5 * m * h
            older = whole - newest
        else:
            older = 0.5 * m * h**2 / (nodes[0] - start)
            newest = whole - older
        return alpha * torch.stack([older, newest])
    powers = torch.arange(len(nodes), dtype=nodes.dtype)
    vandermonde = nodes[:, None] ** powers
    return alpha * torch.linalg.solve(vandermonde.T, _exponential_moments(start, end, m, len(nodes)))


def _exponential_moments(start: Tensor, end: Tensor, m: float, count: int) -> Tensor:
    """E_p = m * integral over start..end of exp(m (v - end)) v**p dv, for p below `count`, by parts."""
    powers = torch.arange(count, dtype=start.dtype)
    boundary = end**powers - start**powers * torch.exp(-m * (end - start))
    reduction = torch.tensor(
        [
            [(-1.0) ** (p - q) * math.factorial(p) / math.factorial(q) * m ** (q - p) if q <= p else 0.0 for q in range(count)]
            for p in range(count)
        ],
        dtype=start.dtype,
    )
    return reduction @ boundary
