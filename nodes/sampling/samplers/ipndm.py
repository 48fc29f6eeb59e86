"""Pseudo linear multistep (IPNDM, https://arxiv.org/abs/2204.13902): Adams-Bashforth on the slope (x - D) / sigma."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeAlias

from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise, no_noise

Weights: TypeAlias = Callable[[Tensor, int, int], Sequence[float | Tensor]]

ADAMS_BASHFORTH = [
    [1.0],
    [3 / 2, -1 / 2],
    [23 / 12, -16 / 12, 5 / 12],
    [55 / 24, -59 / 24, 37 / 24, -9 / 24],
]


def ipndm(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise = no_noise,
    callback: Callback = silent,
    max_order: int = 4,
) -> Tensor:
    """With the weights of even steps, whatever the steps are."""
    return _multistep(denoiser, x, sigmas, callback, max_order, lambda sigmas, i, order: ADAMS_BASHFORTH[order - 1])


def ipndm_v(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise = no_noise,
    callback: Callback = silent,
    max_order: int = 4,
) -> Tensor:
    """With weights for the steps as they are."""
    return _multistep(denoiser, x, sigmas, callback, max_order, _uneven_weights)


def _multistep(
    denoiser: Denoiser, x: Tensor, sigmas: Tensor, callback: Callback, max_order: int, weights_at: Weights
) -> Tensor:
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    slopes: list[Tensor] = []
    for i, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        slopes = [(x - D) / sigma, *slopes][:max_order]
        if sigma_next == 0:
            x = D
            continue
        weights = weights_at(sigmas, i, len(slopes))
        direction = weights[0] * slopes[0]
        for weight, d in zip(weights[1:], slopes[1:], strict=True):
            direction = direction + weight * d
        x = x + (sigma_next - sigma) * direction
    return x


def _uneven_weights(sigmas: Tensor, i: int, order: int) -> Sequence[float | Tensor]:
    """Weights of the newest `order` slopes, newest first, for the step from sigmas[i].

    The field's own formulas: for uneven steps those of order 3 are not quite Adams-Bashforth's, and those of order 4 do
    not even sum to 1. Results depend on them as they are.
    """
    if order == 1:
        return [1.0]
    h = sigmas[i + 1] - sigmas[i]
    h1 = sigmas[i] - sigmas[i - 1]
    c1, c2 = (2 + h / h1) / 2, -(h / h1) / 2
    if order == 2:
        return [c1, c2]
    h2 = sigmas[i - 1] - sigmas[i - 2]
    T1 = (1 - h / (3 * (h + h1)) * (h * (h + h1)) / (h1 * (h1 + h2))) / 2
    c1, c2, c3 = c1 + T1, c2 - (1 + h1 / h2) * T1, T1 * h1 / h2
    if order == 3:
        return [c1, c2, c3]
    h3 = sigmas[i - 2] - sigmas[i - 3]
    T2 = (1 - h / (3 * (h + h1))) / 2 + (1 - h / (2 * (h + h1))) * h / (6 * (h + h1 + h2))
    T2 = T2 * (h * (h + h1) * (h + h1 + h2)) / (h1 * (h1 + h2) * (h1 + h2 + h3))
    Q = h1 * (h1 + h2) / (h2 * (h2 + h3))
    return [
        c1 + T2,
        c2 - (1 + h1 / h2 + Q) * T2,
        c3 + (h1 / h2 + Q * (1 + h2 / h3)) * T2,
        -T2 * Q * h1 / h2,
    ]
