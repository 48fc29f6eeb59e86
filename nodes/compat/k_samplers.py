"""Sampler functions of packs (k-diffusion's convention) as samplers of ours.

The convention is that of https://github.com/crowsonkb/k-diffusion: `function(model, x, sigmas, extra_args, callback,
disable, **options)`, where `model(x, sigma)` predicts the clean data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise
from nodes.sampling.samplers.record import Sampler


class KModel:
    """A denoiser as such a function calls it."""

    def __init__(self, denoiser: Denoiser):
        self.denoiser = denoiser
        self.model_sampling = denoiser.model_sampling
        self.inner_model = self  # functions reach for the parameterisation through wrappers of different depth

    def __call__(self, x: Tensor, sigma: Tensor, **_: Any) -> Tensor:
        return self.denoiser(x, sigma)


class FunctionSampler(Sampler):
    """A sampler made of such a function."""

    def __init__(
        self,
        sampler_function: Callable[..., Tensor],
        extra_options: Mapping[str, Any] | None = None,
        inpaint_options: Mapping[str, Any] | None = None,
    ):
        name = getattr(sampler_function, "__name__", "custom").removeprefix("sample_")
        super().__init__(name, adapted(sampler_function), options=dict(extra_options or {}))
        extras = {"sampler_function": sampler_function, "extra_options": dict(extra_options or {})}
        extras["inpaint_options"] = dict(inpaint_options or {})
        for attribute, value in extras.items():
            object.__setattr__(self, attribute, value)


def adapted(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The function on our own convention."""

    def sampler(
        denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, noise: StepNoise, callback: Callback = silent, **options: Any
    ) -> Tensor:
        total = len(sigmas) - 1

        def report(step: Mapping[str, Any]) -> None:
            callback(step["i"], step["denoised"], step["x"], total)

        return function(
            KModel(denoiser),
            x,
            sigmas.to(x.device),
            extra_args={"seed": None},
            callback=report,
            disable=True,
            **options,
        )

    return sampler


def adapted_handler(handler: Any, use_ms: bool) -> Callable[[Any, int], Tensor]:
    """A scheduler of a pack on our own convention: `handler(model_sampling, steps)`, or keywords n and the range."""

    def schedule(model: Any, steps: int) -> Tensor:
        if use_ms:
            return handler(model, steps)  # type: ignore[no-any-return]
        return handler(n=steps, sigma_min=model.sigma_min, sigma_max=model.sigma_max)  # type: ignore[no-any-return]

    return schedule
