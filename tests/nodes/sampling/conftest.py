"""A denoiser that is known exactly: the posterior mean for data of one normal distribution."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from nodes.sampling import model_sampling
from nodes.sampling.model_sampling import ModelSampling

MEAN, STD = 0.3, 0.5
REFERENCE = Path(__file__).parents[2] / "reference" / "sampling"


class GaussianDenoiser:
    """The exact D for data N(MEAN, STD**2). Records the sigmas it is called with."""

    mean, std = MEAN, STD

    def __init__(self, model: ModelSampling, uncond_scale: float = 0.9):
        self.model_sampling = model
        self.uncond_scale = uncond_scale
        self.calls: list[float] = []

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        self.calls.append(float(sigma[0]))
        sigma = sigma.reshape(-1, *[1] * (x.ndim - 1))
        alpha = 1 - sigma if self.model_sampling.is_flow else 1.0
        return MEAN + STD**2 * alpha / (STD**2 * alpha**2 + sigma**2) * (x - MEAN * alpha)

    def with_uncond(self, x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        denoised = self(x, sigma)
        return denoised, self.uncond_scale * denoised

    def exact(self, x: Tensor, sigma: float, sigma_next: float) -> Tensor:
        """The probability-flow ODE's solution at sigma_next from x at sigma."""

        def moments(s: float) -> tuple[float, float]:
            alpha = 1 - s if self.model_sampling.is_flow else 1.0
            return MEAN * alpha, math.hypot(STD * alpha, s)

        (mean, std), (mean_next, std_next) = moments(sigma), moments(sigma_next)
        return mean_next + (x - mean) * std_next / std


@pytest.fixture
def gaussian() -> type[GaussianDenoiser]:
    return GaussianDenoiser


@pytest.fixture(scope="session")
def reference() -> Callable[[str], Any]:
    """Figures of the field's reference by file name."""
    return lambda name: json.loads((REFERENCE / name).read_text())


KINDS: dict[str, Callable[[], ModelSampling]] = {
    "sd1": model_sampling.discrete,
    "sd2_v": lambda: model_sampling.discrete("v_prediction"),
    "sd1_zsnr": lambda: model_sampling.discrete(zero_terminal_snr=True),
    "flow_1.0": lambda: model_sampling.flow(1.0),
    "flow_3.0": model_sampling.flow,
    "flux_1.15": model_sampling.flux,
}


@pytest.fixture(scope="session")
def kinds() -> dict[str, ModelSampling]:
    """The parameterisations that the reference figures name."""
    return {name: make() for name, make in KINDS.items()}


@pytest.fixture
def noise_source() -> Callable[[int], Callable[[Tensor, Tensor], Tensor]]:
    """noise_source(seed)(sigma_from, sigma_to): float64 draws of shape [2, 4, 3, 3]."""

    def source(seed: int) -> Callable[[Tensor, Tensor], Tensor]:
        generator = torch.Generator().manual_seed(seed)
        return lambda sigma_from, sigma_to: torch.randn(2, 4, 3, 3, dtype=torch.float64, generator=generator)

    return source
