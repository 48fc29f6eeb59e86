"""DPM-Solver of orders 1 to 3 in t = -ln(sigma) (https://arxiv.org/abs/2206.00927): fixed steps, and adaptive ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import torch
from torch import Tensor

from graphcore.errors import RunError
from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise
from nodes.sampling.samplers.steps import ancestral_step

Eps: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""eps(x, t), the noise in x by the model's account."""


def _eps_of(denoiser: Denoiser) -> Eps:
    def eps(x: Tensor, t: Tensor) -> Tensor:
        sigma = t.neg().exp()
        return (x - denoiser(x, sigma * x.new_ones(x.shape[0]))) / sigma

    return eps


def _order_1(x: Tensor, t_next: Tensor, h: Tensor, e: Tensor) -> Tensor:
    """From t_next - h to t_next. h is given because the difference of the times has fewer correct digits."""
    return x - t_next.neg().exp() * torch.expm1(h) * e


def _inner(x: Tensor, t: Tensor, t_next: Tensor, e: Tensor, eps: Eps, r1: float) -> Tensor:
    """eps at the share `r1` of the step, predicted with order 1."""
    h = t_next - t
    s1 = t + r1 * h
    return eps(_order_1(x, s1, r1 * h, e), s1)


def _order_2(x: Tensor, t: Tensor, t_next: Tensor, e: Tensor, e1: Tensor, r1: float) -> Tensor:
    h, sigma_next = t_next - t, t_next.neg().exp()
    return _order_1(x, t_next, h, e) - sigma_next / (2 * r1) * torch.expm1(h) * (e1 - e)


def _order_3(x: Tensor, t: Tensor, t_next: Tensor, e: Tensor, e1: Tensor, eps: Eps) -> Tensor:
    r1, r2 = 1 / 3, 2 / 3
    h = t_next - t
    s2 = t + r2 * h
    u2 = _order_1(x, s2, r2 * h, e)
    u2 = u2 - s2.neg().exp() * (r2 / r1) * (torch.expm1(r2 * h) / (r2 * h) - 1) * (e1 - e)
    e2 = eps(u2, s2)
    return _order_1(x, t_next, h, e) - t_next.neg().exp() / r2 * (torch.expm1(h) / h - 1) * (e2 - e)


def _solve(x: Tensor, t: Tensor, t_next: Tensor, e: Tensor, eps: Eps, order: int) -> Tensor:
    if order == 1:
        return _order_1(x, t_next, t_next - t, e)
    if order == 2:
        return _order_2(x, t, t_next, e, _inner(x, t, t_next, e, eps, 1 / 2), 1 / 2)
    return _order_3(x, t, t_next, e, _inner(x, t, t_next, e, eps, 1 / 3), eps)


def _ends(sigmas: Tensor) -> tuple[Tensor, Tensor]:
    """t at the first sigma and at the last one above 0, where both samplers stop."""
    last = sigmas[-1] if sigmas[-1] > 0 else sigmas[-2]
    return sigmas[0].log().neg(), last.log().neg()


def _ancestral(t: Tensor, t_next: Tensor, t_end: Tensor, eta: float) -> tuple[Tensor, Tensor]:
    """(t_down, up): the time to go down to, and the noise to add there."""
    if not eta:
        return t_next, torch.zeros_like(t)
    down, _ = ancestral_step(t.neg().exp(), t_next.neg().exp(), eta)
    t_down = torch.minimum(t_end, down.log().neg())
    return t_down, torch.sqrt(t_next.neg().exp() ** 2 - t_down.neg().exp() ** 2)


def dpm_fast(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise,
    callback: Callback = silent,
    eta: float = 0.0,
    s_noise: float = 1.0,
) -> Tensor:
    """As many model calls as there are steps, in even steps of order 3 with lower orders at the end.

    DPM-Solver, section 3.4. Ends at the last sigma above 0.
    """
    calls = len(sigmas) - 1
    if calls < 1:
        return x
    t_start, t_end = _ends(sigmas)
    count = calls // 3 + 1
    orders = [3] * (count - 2) + [2, 1] if calls % 3 == 0 else [3] * (count - 1) + [calls % 3]
    times = torch.linspace(float(t_start), float(t_end), count + 1, dtype=sigmas.dtype)
    eps = _eps_of(denoiser)
    for i, order in enumerate(orders):
        t, t_next = times[i], times[i + 1]
        t_down, up = _ancestral(t, t_next, t_end, eta)
        e = eps(x, t)
        callback(i, x - t.neg().exp() * e, x, calls)
        x = _solve(x, t, t_down, e, eps, order)
        if eta:
            x = x + up * s_noise * noise(t.neg().exp(), t_next.neg().exp())
    return x


@dataclass
class StepSize:
    """A PID controller of the step's length h (https://en.wikipedia.org/wiki/PID_controller; Söderlind, 2003)."""

    h: float
    pcoeff: float
    icoeff: float
    dcoeff: float
    order: float
    accept_safety: float
    _inverse_errors: list[float] = field(default_factory=list)

    def accept(self, error: float) -> bool:
        """Whether a step with this error is good enough; changes h for the next attempt either way."""
        if not math.isfinite(error):
            raise RunError(
                "dpm_adaptive cannot choose a step, because the model's prediction is not finite. "
                "Try float32 for the model, or another sampler."
            )
        inverse = 1 / (error + 1e-8)
        errors = self._inverse_errors = [inverse, *(self._inverse_errors or [inverse] * 3)[1:]]
        powers = [self.pcoeff + self.icoeff + self.dcoeff, -(self.pcoeff + 2 * self.dcoeff), self.dcoeff]
        factor = math.prod(e ** (power / self.order) for e, power in zip(errors, powers, strict=True))
        factor = 1 + math.atan(factor - 1)
        accepted = factor >= self.accept_safety
        if accepted:
            self._inverse_errors = [errors[0], errors[0], errors[1]]
        self.h *= factor
        return accepted


def dpm_adaptive(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise,
    callback: Callback = silent,
    order: int = 3,
    rtol: float = 0.05,
    atol: float = 0.0078,
    h_init: float = 0.05,
    pcoeff: float = 0.0,
    icoeff: float = 1.0,
    dcoeff: float = 0.0,
    accept_safety: float = 0.81,
    eta: float = 0.0,
    s_noise: float = 1.0,
) -> Tensor:
    """Orders 2 and 3 (or 1 and 2) side by side; their difference sets the step's length.

    DPM-Solver, appendix C. Takes as many steps as it needs and ends at the last sigma above 0.
    """
    if len(sigmas) < 2:
        return x
    t, t_end = _ends(sigmas)
    eps, x_last, attempts = _eps_of(denoiser), x, 0
    step = StepSize(abs(h_init), pcoeff, icoeff, dcoeff, 1.5 if eta else order, accept_safety)
    while t < t_end - 1e-5:
        t_next = torch.minimum(t_end, t + step.h)
        t_down, up = _ancestral(t, t_next, t_end, eta)
        e = eps(x, t)
        D = x - t.neg().exp() * e
        low, high = _low_and_high(x, t, t_down, e, eps, order)
        delta = torch.maximum(low.abs(), x_last.abs()).mul(rtol).clamp(min=atol)
        error = float(torch.linalg.vector_norm((low - high) / delta)) / x.numel() ** 0.5
        if step.accept(error):
            x_last, x = low, high
            if eta:
                x = x + up * s_noise * noise(t.neg().exp(), t_next.neg().exp())
            t = t_next
        callback(attempts, D, x, len(sigmas) - 1)
        attempts += 1
    return x


def _low_and_high(x: Tensor, t: Tensor, t_next: Tensor, e: Tensor, eps: Eps, order: int) -> tuple[Tensor, Tensor]:
    """The step at two neighbouring orders, sharing their model calls."""
    r1 = 1 / 2 if order == 2 else 1 / 3
    e1 = _inner(x, t, t_next, e, eps, r1)
    second = _order_2(x, t, t_next, e, e1, r1)
    if order == 2:
        return _order_1(x, t_next, t_next - t, e), second
    return second, _order_3(x, t, t_next, e, e1, eps)
