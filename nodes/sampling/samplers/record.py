"""What a sampler is to the code that runs it: its function, and what the function wants prepared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Concatenate, Literal, TypeAlias

import torch
from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise, brownian_noise, gaussian_noise, no_noise

SamplerFunction: TypeAlias = Callable[Concatenate[Denoiser, Tensor, Tensor, ...], Tensor]
"""`function(denoiser, x, sigmas, *, noise, callback, **options)` takes x [B, C, ...] from sigmas[0] to sigmas[-1].

Sigmas are a float32 tensor [N + 1] on the CPU; the steps' noise comes from `noise` alone; options are its own.
"""

NoiseKind = Literal["none", "gaussian", "brownian", "brownian_on_device"]


def as_given(sigmas: Tensor) -> Tensor:
    return sigmas


@dataclass(frozen=True)
class Sampler:
    """A sampler ready to run.

    `noise`: what kind of noise its steps want. `needs_uncond`: it asks for the unprompted prediction (CFG++) even where
    guidance would skip it. `discard_penultimate`: schedules give it one step more and leave out the last level above 0.
    `own_inpaint_noise`: what a mask keeps is noised with fresh noise, not with that of the start. `prepare` maps the
    sigmas asked for to those it really uses.
    """

    name: str
    function: SamplerFunction
    noise: NoiseKind = "none"
    needs_uncond: bool = False
    discard_penultimate: bool = False
    own_inpaint_noise: bool = False
    prepare: Callable[[Tensor], Tensor] = as_given
    options: Mapping[str, Any] = field(default_factory=dict)

    def with_options(self, **options: Any) -> Sampler:
        """The same sampler with these options of its function set."""
        return replace(self, options={**self.options, **options})

    def __call__(
        self, denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, noise: StepNoise, callback: Callback | None = None
    ) -> Tensor:
        return self.function(denoiser, x, sigmas, noise=noise, callback=callback or silent, **self.options)

    def step_noise(self, x: Tensor, sigmas: Tensor, seed: int) -> StepNoise:
        """The noise this sampler wants for a run from x over `sigmas`."""
        if self.noise == "gaussian":
            return gaussian_noise(x, seed)
        if self.noise == "brownian":
            return brownian_noise(x, sigmas, seed, device=torch.device("cpu"))
        if self.noise == "brownian_on_device":
            return brownian_noise(x, sigmas, seed)
        return no_noise
