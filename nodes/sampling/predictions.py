"""What a network's output means: from (sigma, x, output) to the denoised prediction, one class per convention.

Shapes: x, noise, latent, output are [B, C, ...]; sigma is a 0-d tensor, or [B]. "Sigma data" is the standard deviation
that the convention assumes of the data (EDM, https://arxiv.org/abs/2206.00364).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor


class Prediction(Protocol):
    """A convention. `is_flow` marks those whose noising is an interpolation: x = sigma * noise + (1 - sigma) * data."""

    is_flow: ClassVar[bool]

    def calculate_input(self, sigma: Tensor, x: Tensor) -> Tensor:
        """x scaled as the network wants it."""
        ...

    def calculate_denoised(self, sigma: Tensor, output: Tensor, x: Tensor) -> Tensor:
        """The prediction of the clean data."""
        ...

    def noise_scaling(self, sigma: Tensor, noise: Tensor, latent: Tensor, max_denoise: bool = False) -> Tensor:
        """`latent` noised to `sigma`. With `max_denoise`, as if sigma stood for the training's pure noise."""
        ...

    def inverse_noise_scaling(self, sigma: Tensor, latent: Tensor) -> Tensor:
        """A result that still carries `sigma` of noise, scaled so that another sampling may go on from it."""
        ...


def broadcast(sigma: Tensor, x: Tensor) -> Tensor:
    """sigma of shape [B] as [B, 1, 1, ...]; a 0-d sigma stays as it is."""
    return sigma if sigma.ndim == 0 else sigma.reshape(-1, *[1] * (x.ndim - 1))


class _Additive:
    """Noise is added, never mixed: x = data + sigma * noise."""

    is_flow: ClassVar[bool] = False

    def noise_scaling(self, sigma: Tensor, noise: Tensor, latent: Tensor, max_denoise: bool = False) -> Tensor:
        sigma = broadcast(sigma, noise)
        return latent + noise * (torch.sqrt(1 + sigma**2) if max_denoise else sigma)

    def inverse_noise_scaling(self, sigma: Tensor, latent: Tensor) -> Tensor:
        return latent


@dataclass(frozen=True)
class Eps(_Additive):
    """The output is the noise (DDPM, https://arxiv.org/abs/2006.11239)."""

    sigma_data: float = 1.0

    def calculate_input(self, sigma: Tensor, x: Tensor) -> Tensor:
        return x / torch.sqrt(broadcast(sigma, x) ** 2 + self.sigma_data**2)

    def calculate_denoised(self, sigma: Tensor, output: Tensor, x: Tensor) -> Tensor:
        return x - output * broadcast(sigma, output)


@dataclass(frozen=True)
class V(Eps):
    """The output is the velocity (progressive distillation, https://arxiv.org/abs/2202.00512)."""

    def calculate_denoised(self, sigma: Tensor, output: Tensor, x: Tensor) -> Tensor:
        sigma, sd = broadcast(sigma, output), self.sigma_data
        variance = sigma**2 + sd**2
        return x * sd**2 / variance - output * sigma * sd / torch.sqrt(variance)


@dataclass(frozen=True)
class Edm(Eps):
    """The output is the residual of EDM's preconditioning (https://arxiv.org/abs/2206.00364, table 1)."""

    def calculate_denoised(self, sigma: Tensor, output: Tensor, x: Tensor) -> Tensor:
        sigma, sd = broadcast(sigma, output), self.sigma_data
        variance = sigma**2 + sd**2
        return x * sd**2 / variance + output * sigma * sd / torch.sqrt(variance)


@dataclass(frozen=True)
class X0(Eps):
    """The output is the clean data."""

    def calculate_denoised(self, sigma: Tensor, output: Tensor, x: Tensor) -> Tensor:
        return output


@dataclass(frozen=True)
class ImageToImage(X0):
    """The output is the clean data and the input is taken as it is: one-step image-to-image networks."""

    def calculate_input(self, sigma: Tensor, x: Tensor) -> Tensor:
        return x


@dataclass(frozen=True)
class Lcm(Eps):
    """Latent consistency models: an eps network under boundary conditions (https://arxiv.org/abs/2310.04378, eq. 9).

    `timestep` maps sigma to the network's timestep; the boundary conditions are stated in it.
    """

    timestep: Callable[[Tensor], Tensor] = lambda sigma: sigma

    def calculate_denoised(self, sigma: Tensor, output: Tensor, x: Tensor) -> Tensor:
        tau = 10.0 * broadcast(self.timestep(sigma), output)
        c_skip = 0.25 / (tau**2 + 0.25)
        c_out = tau / torch.sqrt(tau**2 + 0.25)
        return c_out * (x - output * broadcast(sigma, output)) + c_skip * x


@dataclass(frozen=True)
class Flow:
    """Rectified flow: the output is noise - data (https://arxiv.org/abs/2209.03003)."""

    is_flow: ClassVar[bool] = True

    def calculate_input(self, sigma: Tensor, x: Tensor) -> Tensor:
        return x

    def calculate_denoised(self, sigma: Tensor, output: Tensor, x: Tensor) -> Tensor:
        return x - output * broadcast(sigma, output)

    def noise_scaling(self, sigma: Tensor, noise: Tensor, latent: Tensor, max_denoise: bool = False) -> Tensor:
        sigma = broadcast(sigma, noise)
        return sigma * noise + (1.0 - sigma) * latent

    def inverse_noise_scaling(self, sigma: Tensor, latent: Tensor) -> Tensor:
        return latent / (1.0 - broadcast(sigma, latent))


@dataclass(frozen=True)
class CosmosFlow(_Additive):
    """Rectified flow trained on an EDM noise range: sigma / (sigma + 1) is the flow's own time (Cosmos-Predict2)."""

    def calculate_input(self, sigma: Tensor, x: Tensor) -> Tensor:
        return x * (1.0 - self._time(sigma, x))

    def calculate_denoised(self, sigma: Tensor, output: Tensor, x: Tensor) -> Tensor:
        time = self._time(sigma, output)
        return x * (1.0 - time) - output * time

    def noise_scaling(self, sigma: Tensor, noise: Tensor, latent: Tensor, max_denoise: bool = False) -> Tensor:
        return super().noise_scaling(sigma, noise, latent)

    @staticmethod
    def _time(sigma: Tensor, x: Tensor) -> Tensor:
        sigma = broadcast(sigma, x)
        return sigma / (sigma + 1)
