"""NOISE values: what a sampling call starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from nodes.sampling.noise import initial_noise


class Noise(Protocol):
    """A source of starting noise; `seed` is also that of the noise which steps add."""

    @property
    def seed(self) -> int: ...

    def generate_noise(self, input_latent: Mapping[str, Any]) -> Tensor:
        """Noise of the shape of a LATENT's samples, on the CPU."""
        ...


@dataclass(frozen=True)
class RandomNoise:
    """Unit noise from a seed; items of a cut-out batch get the noise of their place in the whole batch."""

    seed: int

    def generate_noise(self, input_latent: Mapping[str, Any]) -> Tensor:
        return initial_noise(input_latent["samples"], self.seed, input_latent.get("batch_index"))


@dataclass(frozen=True)
class NoNoise:
    """Zeros: for going on from a latent that carries its noise already."""

    seed: int = 0

    def generate_noise(self, input_latent: Mapping[str, Any]) -> Tensor:
        samples: Tensor = input_latent["samples"]
        return torch.zeros(samples.shape, dtype=samples.dtype, device="cpu")
