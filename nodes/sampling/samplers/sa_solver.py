"""SA-Solver: stochastic Adams predictor and corrector (https://arxiv.org/abs/2309.05019), predicting the data."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
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
    """Algorithm 1. `tau` defaults to the SDE in the middle of the sampling.

    `use_pece` evaluates again after correcting.
    """
    model = denoiser.model_sampling
    tau, sigmas = tau or tau_between(model), offset_first_sigma(sigmas, model)
    adams = _Adams(sigmas, HalfLogSnr(model), simple_order_2)
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    predicted, tau_t = x, 0.0
    step_noise: Tensor | None = None
    history: list[Tensor] = []
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D = denoiser(predicted, sigma * ones)
        callback(i, D, predicted, total)
        history = [*history, D][-max(predictor_order, corrector_order) :]
        predictor, corrector = _orders(i, sigmas, len(history), predictor_order, corrector_order, use_pece)
        if corrector == 0:
            x = predicted
        else:
            x = adams.step(x, i - 1, history[-corrector:], tau_t, step_noise, corrects=True)
            if use_pece:
                history[-1] = D = denoiser(x, sigma * ones)
        if sigma_next == 0:
            x = D
            continue
        tau_t = tau(sigma_next)
        step_noise = None
        if tau_t > 0 and s_noise > 0:
            step_noise = noise(sigma, sigma_next) * adams.deviation(i, tau_t) * s_noise
        predicted = adams.step(x, i, history[-predictor:], tau_t, step_noise, corrects=False)
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


class _Adams:
    """Stochastic Adams steps over one run's sigmas."""

    def __init__(self, sigmas: Tensor, snr: HalfLogSnr, simple_order_2: bool):
        self.sigmas, self.lambdas, self.alphas = sigmas, snr.of(sigmas), snr.alpha(sigmas)
        self.simple_order_2 = simple_order_2

    def deviation(self, i: int, tau: float) -> Tensor:
        """Standard deviation of the noise that step i adds."""
        h = self.lambdas[i + 1] - self.lambdas[i]
        return self.sigmas[i + 1] * torch.sqrt(-torch.expm1(-2 * tau**2 * h))

    def step(
        self, x: Tensor, i: int, history: list[Tensor], tau: float, step_noise: Tensor | None, *, corrects: bool
    ) -> Tensor:
        """x from level i to i + 1 with the predictions `history`, oldest first.

        They end at level i, or where the step `corrects` at level i + 1.
        """
        end = i + 2 if corrects else i + 1
        nodes = self.lambdas[end - len(history) : end]
        weights = self._weights(nodes, self.lambdas[i], self.lambdas[i + 1], 1 + tau**2, corrects)
        h = self.lambdas[i + 1] - self.lambdas[i]
        x = self.sigmas[i + 1] / self.sigmas[i] * torch.exp(-(tau**2) * h) * x
        for weight, D in zip(weights, history, strict=True):
            x = x + self.alphas[i + 1] * weight * D
        return x if step_noise is None else x + step_noise

    def _weights(self, nodes: Tensor, start: Tensor, end: Tensor, m: float, corrects: bool) -> Tensor:
        if self.simple_order_2 and len(nodes) == 2:
            return _simple_weights(nodes, start, end, m, corrects)
        return adams_weights(nodes, start, end, m)


def _simple_weights(nodes: Tensor, start: Tensor, end: Tensor, m: float, corrects: bool) -> Tensor:
    """The paper's simpler weights for two nodes, of the same order (section 6)."""
    h = end - start
    whole = -torch.expm1(-m * h)
    if corrects:
        newest = 0.5 * m * h
        return torch.stack([whole - newest, newest])
    older = 0.5 * m * h**2 / (nodes[0] - start)
    return torch.stack([older, whole - older])


def adams_weights(nodes: Tensor, start: Tensor, end: Tensor, m: float) -> Tensor:
    """Integrals over start..end of m exp(m (v - end)) times the Lagrange polynomials of `nodes`; m is 1 + tau**2.

    Nodes are the half-log-SNRs of known predictions (proposition 4.2 and appendix B).
    """
    powers = torch.arange(len(nodes), dtype=nodes.dtype)
    vandermonde = nodes[:, None] ** powers
    weights: Tensor = torch.linalg.solve(vandermonde.T, _exponential_moments(start, end, m, len(nodes)))
    return weights


def _exponential_moments(start: Tensor, end: Tensor, m: float, count: int) -> Tensor:
    """The integral over start..end of m exp(m (v - end)) v**p dv, for each p below `count`, by parts."""
    boundary = [end**p - start**p * torch.exp(-m * (end - start)) for p in range(count)]
    moments = boundary[:1]
    for p in range(1, count):
        moments.append(boundary[p] - p / m * moments[-1])
    return torch.stack(moments)
