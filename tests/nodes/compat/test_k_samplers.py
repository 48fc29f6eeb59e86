"""Sampler functions of packs, on our own convention."""

from __future__ import annotations

from typing import Any

import torch

from nodes.compat.k_samplers import FunctionSampler, adapted_handler
from nodes.sampling.noise import no_noise
from nodes.sampling.samplers import SAMPLERS


class HalfDenoiser:
    """Predicts half of what it is given."""

    model_sampling: Any = None

    def __call__(self, x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        return x / 2

    def with_uncond(self, x: torch.Tensor, sigma: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self(x, sigma), self(x, sigma)


def sample_plain(
    model: Any, x: Any, sigmas: Any, extra_args: Any = None, callback: Any = None, disable: Any = None
) -> Any:
    """Euler's method, written as packs write it."""
    for i in range(len(sigmas) - 1):
        denoised = model(x, sigmas[i] * x.new_ones([x.shape[0]]), **{})
        callback({"x": x, "i": i, "sigma": sigmas[i], "sigma_hat": sigmas[i], "denoised": denoised})
        x = x + (x - denoised) / sigmas[i] * (sigmas[i + 1] - sigmas[i])
    return x


def test_a_packs_euler_is_ours() -> None:
    sampler = FunctionSampler(sample_plain)
    x, sigmas = torch.rand(1, 4, 2, 2), torch.tensor([3.0, 1.0, 0.0])
    steps: list[int] = []
    result = sampler(
        HalfDenoiser(), x, sigmas, noise=no_noise, callback=lambda step, denoised, x, total: steps.append(step)
    )
    assert torch.allclose(result, SAMPLERS["euler"](HalfDenoiser(), x, sigmas, noise=no_noise))
    assert steps == [0, 1]
    assert sampler.name == "plain"


def test_schedulers_of_both_kinds() -> None:
    class Range:
        sigma_min, sigma_max = 1.0, 3.0

    assert adapted_handler(lambda model, steps: torch.full((steps,), model.sigma_max), True)(Range(), 2).tolist() == [
        3,
        3,
    ]
    spaced = adapted_handler(lambda n, sigma_min, sigma_max: torch.linspace(sigma_max, sigma_min, n), False)
    assert spaced(Range(), 3).tolist() == [3, 2, 1]
