"""Which noise levels a network knows: the ascending table of sigmas and the maps between sigma, timestep and percent.

`percent` runs from 0 (pure noise) to 1 (clean) over the course of a sampling.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

BEFORE_ANY_SIGMA = 999999999.9  # what percent 0 maps to where sigma has no natural upper end


class SigmaTable(Protocol):
    """Timesteps and sigmas are tensors of any one shape; the result has that shape, device and float32."""

    @property
    def sigmas(self) -> Tensor:
        """The table, ascending, float32, on the CPU: [L]."""
        ...

    def timestep(self, sigma: Tensor) -> Tensor: ...

    def sigma(self, timestep: Tensor) -> Tensor: ...

    def percent_to_sigma(self, percent: float) -> float: ...


@dataclass(frozen=True, eq=False)
class Discrete:
    """A table of trained sigmas; timesteps are indices into it (DDPM and everything after Stable Diffusion 1).

    `stride` > 1 is a distilled table: entry i is timestep i * stride + stride - 1 of the model that was distilled.
    """

    sigmas: Tensor
    log_sigmas: Tensor
    stride: int = 1
    _on_device: dict[torch.device, Tensor] = field(default_factory=dict, repr=False)

    @classmethod
    def from_sigmas(cls, sigmas: Tensor) -> Discrete:
        """`sigmas` in the best precision there is: the logarithms are taken before rounding to float32."""
        return cls(sigmas.float(), sigmas.log().float())

    def timestep(self, sigma: Tensor) -> Tensor:
        log_sigmas = self._log_sigmas(sigma.device)
        distance = (sigma.log() - log_sigmas.reshape(-1, *[1] * sigma.ndim)).abs()
        return distance.argmin(dim=0) * self.stride + (self.stride - 1)

    def sigma(self, timestep: Tensor) -> Tensor:
        log_sigmas = self._log_sigmas(timestep.device)
        index = ((timestep.float() - (self.stride - 1)) / self.stride).clamp(0, len(self.sigmas) - 1)
        low, high, w = index.floor().long(), index.ceil().long(), index.frac()
        return ((1 - w) * log_sigmas[low] + w * log_sigmas[high]).exp()

    def percent_to_sigma(self, percent: float) -> float:
        if percent <= 0.0:
            return BEFORE_ANY_SIGMA
        if percent >= 1.0:
            return 0.0
        return float(self.sigma(torch.tensor((1.0 - percent) * 999.0)))

    def distilled(self, stride: int = 20) -> Discrete:
        """The table of a model distilled to every `stride`-th timestep (latent consistency models)."""
        return Discrete(self.sigmas[stride - 1 :: stride], self.log_sigmas[stride - 1 :: stride], stride)

    def _log_sigmas(self, device: torch.device) -> Tensor:
        # A copy per device, made once: the model asks for a timestep at every call.
        if device not in self._on_device:
            self._on_device[device] = self.log_sigmas.to(device)
        return self._on_device[device]


def scaled_linear_betas(start: float = 0.00085, end: float = 0.012, count: int = 1000) -> Tensor:
    """Betas whose square roots are evenly spaced (latent diffusion's schedule), float64."""
    return torch.linspace(start**0.5, end**0.5, count, dtype=torch.float64) ** 2


def linear_betas(start: float, end: float, count: int = 1000) -> Tensor:
    """Evenly spaced betas (DDPM's schedule), float64."""
    return torch.linspace(start, end, count, dtype=torch.float64)


def sigmas_of_betas(betas: Tensor) -> Tensor:
    """sigma = sqrt((1 - a) / a), with a the running product of 1 - beta."""
    alphas = (1.0 - betas).cumprod(dim=0)
    return ((1 - alphas) / alphas).sqrt()


def rescale_to_zero_terminal_snr(sigmas: Tensor) -> Tensor:
    """A table stretched so that its last entry is (nearly) pure noise: https://arxiv.org/abs/2305.08891."""
    root = (1 / (sigmas**2 + 1)).sqrt()
    first, last = root[0].clone(), root[-1].clone()
    alphas = ((root - last) * (first / (first - last))) ** 2
    alphas[-1] = 4.8973451890853435e-08
    return ((1 - alphas) / alphas).sqrt()


@dataclass(frozen=True)
class ContinuousEdm:
    """Any sigma in a range; the timestep is a quarter of its logarithm (EDM's c_noise)."""

    sigma_min: float = 0.002
    sigma_max: float = 120.0

    @cached_property
    def sigmas(self) -> Tensor:
        return torch.linspace(math.log(self.sigma_min), math.log(self.sigma_max), 1000).exp()

    def timestep(self, sigma: Tensor) -> Tensor:
        return 0.25 * sigma.log()

    def sigma(self, timestep: Tensor) -> Tensor:
        return (timestep / 0.25).exp()

    def percent_to_sigma(self, percent: float) -> float:
        if percent <= 0.0:
            return BEFORE_ANY_SIGMA
        if percent >= 1.0:
            return 0.0
        low, high = math.log(self.sigma_min), math.log(self.sigma_max)
        return math.exp(low + (1.0 - percent) * (high - low))


@dataclass(frozen=True)
class ContinuousV(ContinuousEdm):
    """Any sigma in a range; the timestep is its angle as a share of a right angle."""

    sigma_min: float = 0.03
    sigma_max: float = 500.0

    def timestep(self, sigma: Tensor) -> Tensor:
        return sigma.atan() / math.pi * 2

    def sigma(self, timestep: Tensor) -> Tensor:
        return (timestep * math.pi * 0.5).tan()


@dataclass(frozen=True)
class Cosmos(ContinuousEdm):
    """EDM's range; the timestep is the flow's own time sigma / (sigma + 1)."""

    def timestep(self, sigma: Tensor) -> Tensor:
        return sigma / (sigma + 1)

    def sigma(self, timestep: Tensor) -> Tensor:
        return (timestep / (1 - timestep)).clamp(max=self.sigma_max)


@dataclass(frozen=True)
class ShiftedFlow:
    """Flow times 0..1 pushed towards noise by `shift` (Stable Diffusion 3, https://arxiv.org/abs/2403.03206, 5.3.2).

    The network counts time from 0 to `multiplier`.
    """

    shift: float = 3.0
    multiplier: float = 1000.0

    @cached_property
    def sigmas(self) -> Tensor:
        return self.sigma(torch.arange(1, 1001) / 1000 * self.multiplier)

    def timestep(self, sigma: Tensor) -> Tensor:
        return sigma * self.multiplier

    def sigma(self, timestep: Tensor) -> Tensor:
        time = timestep / self.multiplier
        return time if self.shift == 1.0 else self.shift * time / (1 + (self.shift - 1) * time)

    def percent_to_sigma(self, percent: float) -> float:
        if percent <= 0.0:
            return 1.0
        if percent >= 1.0:
            return 0.0
        time = 1.0 - percent
        return time if self.shift == 1.0 else self.shift * time / (1 + (self.shift - 1) * time)


def shift_for_tokens(tokens: float, base_shift: float, max_shift: float, base_tokens: int = 256) -> float:
    """A time shift that grows linearly with the image tokens: `base_shift` at `base_tokens`, `max_shift` at 4096."""
    slope = (max_shift - base_shift) / (4096 - base_tokens)
    return tokens * slope + base_shift - base_tokens * slope


@dataclass(frozen=True)
class Flux:
    """Flow times 0..1 pushed towards noise by e**mu (Flux; mu grows with the number of image tokens)."""

    mu: float = 1.15

    @classmethod
    def for_size(cls, width: int, height: int, base_shift: float = 0.5, max_shift: float = 1.15) -> Flux:
        """mu for a picture of `width` x `height` pixels: 16 x 16 of them are a token."""
        return cls(shift_for_tokens(width * height / 256, base_shift, max_shift))

    @cached_property
    def sigmas(self) -> Tensor:
        return self.sigma(torch.arange(1, 10001) / 10000)

    def timestep(self, sigma: Tensor) -> Tensor:
        return sigma

    def sigma(self, timestep: Tensor) -> Tensor:
        return math.exp(self.mu) / (math.exp(self.mu) + (1 / timestep - 1))

    def percent_to_sigma(self, percent: float) -> float:
        if percent <= 0.0:
            return 1.0
        if percent >= 1.0:
            return 0.0
        return math.exp(self.mu) / (math.exp(self.mu) + (1 / (1.0 - percent) - 1))


@dataclass(frozen=True)
class Cascade:
    """Stable Cascade's cosine schedule, its log-SNR shifted for the resolution (https://arxiv.org/abs/2306.00637)."""

    shift: float = 1.0
    cosine_s: float = 8e-3

    @cached_property
    def sigmas(self) -> Tensor:
        return self.sigma(torch.arange(1, 10001) / 10000)

    def timestep(self, sigma: Tensor) -> Tensor:
        alpha = 1 / (sigma**2 + 1)
        s = self.cosine_s
        return (alpha.clamp(0, 1) * self._alpha_0).sqrt().acos() / (math.pi * 0.5) * (1 + s) - s

    def sigma(self, timestep: Tensor) -> Tensor:
        s = self.cosine_s
        alpha = torch.cos((timestep + s) / (1 + s) * math.pi * 0.5) ** 2 / self._alpha_0
        if self.shift != 1.0:
            log_snr = (alpha / (1 - alpha)).log() + 2 * math.log(1 / self.shift)
            alpha = log_snr.sigmoid()
        alpha = alpha.clamp(0.0001, 0.9999)
        return ((1 - alpha) / alpha).sqrt()

    def percent_to_sigma(self, percent: float) -> float:
        if percent <= 0.0:
            return BEFORE_ANY_SIGMA
        if percent >= 1.0:
            return 0.0
        return float(self.sigma(torch.tensor(1.0 - percent)))

    @property
    def _alpha_0(self) -> float:
        return math.cos(self.cosine_s / (1 + self.cosine_s) * math.pi * 0.5) ** 2
