"""Cutting, joining and changing a schedule: pure functions of sigmas, 1-d tensors [N + 1] for N steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from graphcore.errors import RunError
from nodes.sampling.model_sampling import ModelSampling
from nodes.sampling.names import lookup
from nodes.sampling.schedules import schedule_sigmas

EMPTY = torch.empty(0)


def basic_sigmas(model: ModelSampling, scheduler: str, steps: int, denoise: float = 1.0) -> Tensor:
    """A schedule whose last `denoise` takes `steps` steps (the BasicScheduler node). Empty for denoise <= 0."""
    total = steps
    if denoise < 1.0:
        if denoise <= 0.0:
            return EMPTY
        total = int(steps / denoise)
    return schedule_sigmas(model, scheduler, total)[-(steps + 1) :]


def ksampler_sigmas(
    model: ModelSampling, scheduler: str, steps: int, denoise: float = 1.0, *, discard_penultimate: bool = False
) -> Tensor:
    """The sigmas of the KSampler nodes. Empty for denoise <= 0.

    `discard_penultimate` is the sampler's: those that do badly on the last, smallest level go without it.
    """

    def full(count: int) -> Tensor:
        if not discard_penultimate:
            return schedule_sigmas(model, scheduler, count)
        sigmas = schedule_sigmas(model, scheduler, count + 1)
        return torch.cat([sigmas[:-2], sigmas[-1:]])

    if denoise > 0.9999:
        return full(steps)
    if denoise <= 0.0:
        return EMPTY
    return full(int(steps / denoise))[-(steps + 1) :]


def cut_steps(sigmas: Tensor, start: int, end: int, *, leftover_noise: bool) -> Tensor:
    """Steps `start` to `end` of a schedule (KSamplerAdvanced). Empty when nothing is left to do.

    Without `leftover_noise` the last step kept goes to 0.
    """
    if end < len(sigmas) - 1:
        sigmas = sigmas[: end + 1].clone()
        if not leftover_noise:
            sigmas[-1] = 0
    return sigmas[start:] if start < len(sigmas) - 1 else EMPTY


def split(sigmas: Tensor, step: int) -> tuple[Tensor, Tensor]:
    """Both halves share the sigma at `step`."""
    return sigmas[: step + 1], sigmas[step:]


def split_denoise(sigmas: Tensor, denoise: float) -> tuple[Tensor, Tensor]:
    """Split so that the second half is the last `denoise` of the steps. With none, the first half is empty."""
    low = round((len(sigmas) - 1) * denoise)
    return sigmas[:-low] if low else sigmas[:0], sigmas[-(low + 1) :]


def flip(sigmas: Tensor) -> Tensor:
    """Reversed, for adding noise back step by step. A first 0 becomes 0.0001: dividing by it must be possible."""
    sigmas = sigmas.flip(0)
    if len(sigmas) and sigmas[0] == 0:
        sigmas[0] = 0.0001
    return sigmas


def set_first(sigmas: Tensor, sigma: float) -> Tensor:
    """The schedule with another first level. RunError if it has none."""
    if not len(sigmas):
        raise RunError("The schedule is empty, so it has no first level to set; check its steps and denoise.")
    sigmas = sigmas.float().clone()  # whole numbers could not hold it
    sigmas[0] = sigma
    return sigmas


SPACINGS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda x: x,
    "cosine": lambda x: torch.sin(x * math.pi / 2),
    "sine": lambda x: 1 - torch.cos(x * math.pi / 2),
}


def extend_intermediate(sigmas: Tensor, steps: int, start_at: float, end_at: float, spacing: str) -> Tensor:
    """Every step that starts within `end_at`..`start_at` made into `steps` steps. A negative `start_at` is no limit."""
    start_at = math.inf if start_at < 0 else start_at
    inner = lookup("spacing", spacing, SPACINGS)(torch.linspace(0, 1, steps + 1)[1:-1])
    parts: list[Tensor] = []
    for sigma, sigma_next in pairwise(sigmas):
        parts.append(sigma[None])
        if end_at <= sigma <= start_at:
            parts.append(inner * (sigma_next - sigma) + sigma)
    return torch.cat([*parts, sigmas[-1:]])


def percent_to_sigma(model: ModelSampling, percent: float, *, actual: bool) -> float:
    """The sigma at a share of the way; `actual` gives the model's own ends at 0 and 1 instead of out-of-range ones."""
    if actual and percent == 0.0:
        return model.sigma_max
    if actual and percent == 1.0:
        return model.sigma_min
    return model.percent_to_sigma(percent)
