"""Noise: what a sampling starts from, and what its steps add.

A step's noise is a function `noise(sigma_from, sigma_to)` that gives a tensor of x's shape and unit variance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import torch
from torch import Tensor

if TYPE_CHECKING:
    from torchsde import BrownianTree

StepNoise: TypeAlias = Callable[[Tensor, Tensor], Tensor]


def initial_noise(latent: Tensor, seed: int, batch_index: Sequence[int] | None = None) -> Tensor:
    """Unit noise of `latent`'s shape and dtype, on the CPU, the same on every machine.

    Seeds torch's global CPU generator and draws from it: samplers that use the global generator go on from there.
    With `batch_index` item i of the batch gets the noise it would have as number batch_index[i] of a larger batch.
    """
    generator = torch.manual_seed(seed)
    if batch_index is None:
        return torch.randn(latent.shape, dtype=latent.dtype, generator=generator, device="cpu")
    shape = (1, *latent.shape[1:])
    draws = [
        torch.randn(shape, dtype=latent.dtype, generator=generator, device="cpu") for _ in range(max(batch_index) + 1)
    ]
    return torch.cat([draws[index] for index in batch_index])


def gaussian_noise(x: Tensor, seed: int) -> StepNoise:
    """Independent noise per step, from a generator of its own on x's device.

    The seed is that of the initial noise, so on the CPU the first draw equals it: results depend on that.
    """
    generator = torch.Generator(device=x.device).manual_seed(seed)
    return lambda sigma_from, sigma_to: torch.randn(x.shape, dtype=x.dtype, device=x.device, generator=generator)


def no_noise(sigma_from: Tensor, sigma_to: Tensor) -> Tensor:
    """For samplers that add none."""
    raise RuntimeError("This sampler was declared to add no noise, but it asked for some. Declare its noise kind.")


def brownian_noise(x: Tensor, sigmas: Tensor, seed: int, *, device: torch.device | None = None) -> StepNoise:
    """Noise whose draws are increments of one Brownian path over `sigmas`, so they agree however it is subdivided.

    The path lives on `device` (default: x's); on the CPU it is the same on every machine.
    """

    @cache  # made when first asked for: a run of one step has no range to make it over, and asks for none
    def path() -> tuple[BrownianTree, float, float]:
        from torchsde import BrownianTree

        # torchsde rounds times to this many digits, and warns of queries outside the rounded range.
        low, high = round(float(sigmas[sigmas > 0].min()), 6), round(float(sigmas.max()), 6)
        return BrownianTree(low, torch.zeros_like(x, device=device), high, entropy=seed), low, high

    def increment(sigma_from: Tensor, sigma_to: Tensor) -> Tensor:
        if sigma_from == sigma_to:
            return torch.zeros_like(x)
        tree, low, high = path()
        start, end = sorted(min(max(float(sigma), low), high) for sigma in (sigma_from, sigma_to))
        sign = 1.0 if sigma_from < sigma_to else -1.0
        change: Tensor = tree(start, end).to(x)
        return change * sign / (sigma_to - sigma_from).abs().sqrt()

    return increment
