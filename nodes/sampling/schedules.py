"""Schedules: which sigmas a sampling visits, from high to low, float32 on the CPU, a final 0 unless noted.

`SCHEDULES` holds those that a user picks by name; they take the model's parameterisation and a number of steps.
It is mutable on purpose: packs add their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import groupby
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from graphcore.errors import RunError
from nodes.sampling.model_sampling import ModelSampling
from nodes.sampling.names import lookup

Schedule: TypeAlias = Callable[[ModelSampling, int], Tensor]


def append_zero(sigmas: Tensor) -> Tensor:
    return torch.cat([sigmas, sigmas.new_zeros(1)])


def simple(model: ModelSampling, steps: int) -> Tensor:
    """Evenly spaced entries of the model's table, from its end."""
    stride = len(model.sigmas) / steps
    return append_zero(model.sigmas[[-(1 + int(i * stride)) for i in range(steps)]])


def sgm_uniform(model: ModelSampling, steps: int) -> Tensor:
    """Evenly spaced timesteps without the last, so that the final step jumps to 0."""
    start, end = _timestep_range(model)
    return append_zero(model.sigma(torch.linspace(start, end, steps + 1)[:-1]))


def normal(model: ModelSampling, steps: int) -> Tensor:
    """Evenly spaced timesteps. For flow models the time shift applies twice, as it does everywhere in the field."""
    start, end = _timestep_range(model)
    if math.isclose(float(model.sigma(torch.tensor(end))), 0, abs_tol=1e-5):
        return model.sigma(torch.linspace(start, end, steps + 1))
    return append_zero(model.sigma(torch.linspace(start, end, steps)))


def ddim_uniform(model: ModelSampling, steps: int) -> Tensor:
    """Every (L // steps)-th entry of the table, from its second on. The length may differ from steps + 1."""
    table, tail = model.sigmas, [0.0]
    if math.isclose(float(table[1]), 0, abs_tol=1e-5):
        steps, tail = steps + 1, []
    stride = max(len(table) // steps, 1)
    return torch.tensor([*reversed(table[1::stride].tolist()), *tail])


def beta(model: ModelSampling, steps: int, alpha: float = 0.6, beta: float = 0.6) -> Tensor:
    """Quantiles of a Beta distribution over the table (https://arxiv.org/abs/2407.12173). May be shorter than asked.

    RunError for a parameter of 0, with which there is no such distribution.
    """
    if min(alpha, beta) <= 0:
        raise RunError(f"There is no beta distribution of {alpha} and {beta}; both alpha and beta must be above 0.")
    from scipy.special import betaincinv

    quantiles = betaincinv(alpha, beta, 1 - np.linspace(0, 1, steps, endpoint=False))
    indices = [int(index) for index, _ in groupby(np.rint(quantiles * (len(model.sigmas) - 1)))]
    return append_zero(model.sigmas[indices])


def linear_quadratic(model: ModelSampling, steps: int, threshold: float = 0.025) -> Tensor:
    """Half of the steps in the first `threshold` of the way, linear, then quadratic (Mochi, Movie Gen)."""
    if steps == 1:
        return torch.tensor([1.0, 0.0]) * model.sigma_max
    linear = steps // 2
    rest = steps - linear
    difference = linear - threshold * steps
    a = difference / (linear * rest**2)
    b = threshold / linear - 2 * difference / rest**2
    c = a * linear**2
    times = [i * threshold / linear for i in range(linear)]
    times += [a * i**2 + b * i + c for i in range(linear, steps)]
    return torch.tensor([1.0 - time for time in [*times, 1.0]]) * model.sigma_max


def kl_optimal(model: ModelSampling, steps: int) -> Tensor:
    """Evenly spaced angles atan(sigma): Align Your Steps, https://arxiv.org/abs/2404.14507, eq. 16. One step is NaN."""
    low, high = model.sigmas[0].atan(), model.sigmas[-1].atan()
    ramp = torch.arange(steps) / torch.tensor(float(steps - 1))
    return append_zero((ramp * low + (1 - ramp) * high).tan())


def _timestep_range(model: ModelSampling) -> tuple[float, float]:
    return float(model.timestep(model.sigmas[-1])), float(model.timestep(model.sigmas[0]))


def karras_sigmas(steps: int, sigma_min: float, sigma_max: float, rho: float = 7.0) -> Tensor:
    """Evenly spaced rho-th roots of sigma: Karras et al., https://arxiv.org/abs/2206.00364, eq. 5."""
    low, high = sigma_min ** (1 / rho), sigma_max ** (1 / rho)
    return append_zero((high + torch.linspace(0, 1, steps) * (low - high)) ** rho)


def exponential_sigmas(steps: int, sigma_min: float, sigma_max: float) -> Tensor:
    """Evenly spaced logarithms of sigma. RunError for a limit that has none."""
    low, high = _logarithms(sigma_min, sigma_max)
    return append_zero(torch.linspace(high, low, steps).exp())


def polyexponential_sigmas(steps: int, sigma_min: float, sigma_max: float, rho: float = 1.0) -> Tensor:
    """A polynomial of degree `rho` in the logarithm of sigma. RunError for a limit that has none."""
    low, high = _logarithms(sigma_min, sigma_max)
    ramp = torch.linspace(1, 0, steps) ** rho
    return append_zero((ramp * (high - low) + low).exp())


def _logarithms(sigma_min: float, sigma_max: float) -> tuple[float, float]:
    if min(sigma_min, sigma_max) <= 0:
        raise RunError(f"A schedule from {sigma_max} to {sigma_min} has no logarithms; both limits must be above 0.")
    return math.log(sigma_min), math.log(sigma_max)


def vp_sigmas(steps: int, beta_d: float = 19.9, beta_min: float = 0.1, eps_s: float = 1e-3) -> Tensor:
    """The continuous variance-preserving schedule: Song et al., https://arxiv.org/abs/2011.13456."""
    t = torch.linspace(1, eps_s, steps)
    return append_zero(torch.expm1(beta_d * t**2 / 2 + beta_min * t).sqrt())


def laplace_sigmas(steps: int, sigma_min: float, sigma_max: float, mu: float = 0.0, beta: float = 0.5) -> Tensor:
    """Quantiles of a Laplace distribution of log sigma: https://arxiv.org/abs/2407.03297. No final 0."""
    x = torch.linspace(0, 1, steps)
    lambdas = mu - beta * torch.sign(0.5 - x) * torch.log(1 - 2 * (0.5 - x).abs() + 1e-5)
    return lambdas.exp().clamp(sigma_min, sigma_max)


def karras(model: ModelSampling, steps: int) -> Tensor:
    return karras_sigmas(steps, model.sigma_min, model.sigma_max)


def exponential(model: ModelSampling, steps: int) -> Tensor:
    return exponential_sigmas(steps, model.sigma_min, model.sigma_max)


SCHEDULES: dict[str, Schedule] = {
    "simple": simple,
    "sgm_uniform": sgm_uniform,
    "karras": karras,
    "exponential": exponential,
    "ddim_uniform": ddim_uniform,
    "beta": beta,
    "normal": normal,
    "linear_quadratic": linear_quadratic,
    "kl_optimal": kl_optimal,
}


def schedule_sigmas(model: ModelSampling, scheduler: str, steps: int) -> Tensor:
    """The sigmas of the schedule called `scheduler`. Raises UserError for an unknown name."""
    return lookup("scheduler", scheduler, SCHEDULES)(model, steps)
