"""What samplers see of a model: a callable from a noisy latent to the prediction of the clean one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from torch import Tensor

from nodes.sampling.model_sampling import ModelSampling

Callback: TypeAlias = Callable[[int, Tensor, Tensor, int], None]
"""`callback(step, denoised, x, total)`: once per outer step, counted from 0, with the prediction that the step uses."""


class Denoiser(Protocol):
    """A model with its guidance. x is [B, C, ...] at noise level sigma [B]; predictions have x's shape."""

    @property
    def model_sampling(self) -> ModelSampling: ...

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        """The prediction D of the clean data, after guidance."""
        ...

    def with_uncond(self, x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        """D, and the prediction without the prompt, which is evaluated even where guidance does not need it."""
        ...


def silent(step: int, denoised: Tensor, x: Tensor, total: int) -> None:
    """The callback of those who do not ask for one."""
