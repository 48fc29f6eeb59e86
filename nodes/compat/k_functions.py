"""Our samplers as functions of k-diffusion's convention: `comfy.k_diffusion.sampling.sample_euler` and all others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from nodes.compat.handles.parameterisation import native
from nodes.compat.k_samplers import KModel
from nodes.sampling.model_sampling import ModelSampling, discrete
from nodes.sampling.samplers.record import Sampler


class KDenoiser:
    """A model of that convention, `model(x, sigma, **extra_args)`, as our samplers call it."""

    def __init__(self, model: Any, extra_args: Mapping[str, Any]):
        self._model, self._extra = model, dict(extra_args)

    @property
    def model_sampling(self) -> ModelSampling:
        """The parameterisation, which wrappers of different depth keep at different places."""
        inner = self._model
        while not hasattr(inner, "model_sampling"):
            inner = getattr(inner, "inner_model", None) or getattr(inner, "model_patcher", None)
            if inner is None:
                return discrete()  # a plain function: what samplers fall back on
        return native(inner.model_sampling)

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        """The prediction of the clean data."""
        found: Tensor = self._model(x, sigma, **self._extra)
        return found

    def with_uncond(self, x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        """The guided prediction and that without the prompt, taken from what guidance is handed."""
        if isinstance(self._model, KModel):
            return self._model.denoiser.with_uncond(x, sigma)
        seen: dict[str, Tensor] = {}

        def look(args: Mapping[str, Any]) -> Tensor:
            seen["uncond"] = args["uncond_denoised"]
            denoised: Tensor = args["denoised"]
            return denoised

        options = dict(self._extra.get("model_options") or {})
        options["sampler_post_cfg_function"] = [*options.get("sampler_post_cfg_function", ()), look]
        options["disable_cfg1_optimization"] = True
        denoised: Tensor = self._model(x, sigma, **{**self._extra, "model_options": options})
        return denoised, seen.get("uncond", denoised)


def k_function(sampler: Sampler) -> Callable[..., Tensor]:
    """The function `sample_NAME(model, x, sigmas, extra_args, callback, disable, **options)` of one of ours."""

    def function(
        model: Any,
        x: Tensor,
        sigmas: Tensor,
        extra_args: Mapping[str, Any] | None = None,
        callback: Callable[[dict[str, Any]], Any] | None = None,
        disable: Any = None,
        *,
        noise_sampler: Callable[[Any, Any], Tensor] | None = None,
        **options: Any,
    ) -> Tensor:
        extra = extra_args or {}
        levels = sampler.prepare(sigmas.detach().float().cpu())
        seed = extra.get("seed")
        seed = int(torch.randint(0, 2**63 - 1, []).item()) if seed is None else int(seed)
        noise = noise_sampler or sampler.step_noise(x, levels, seed)

        def report(step: int, denoised: Tensor, x: Tensor, total: int) -> None:
            if callback is not None:
                sigma = levels[min(step, len(levels) - 1)]  # adaptive ones take as many steps as they need
                callback({"x": x, "i": step, "sigma": sigma, "sigma_hat": sigma, "denoised": denoised})

        run = sampler.with_options(**options) if options else sampler
        return run(KDenoiser(model, extra), x, levels, noise=noise, callback=report)

    function.__name__ = function.__qualname__ = f"sample_{sampler.name}"
    function.__doc__ = f"The sampler {sampler.name}."
    return function


def ranged(function: Callable[..., Tensor], counted: bool) -> Callable[..., Tensor]:
    """The two that convention gives a range instead of a schedule: `(model, x, sigma_min, sigma_max, ...)`.

    `counted`: the number of model calls follows.
    """

    def between(model: Any, x: Tensor, sigma_min: Any, sigma_max: Any, *args: Any, **options: Any) -> Tensor:
        calls = 1
        if counted:
            calls, args = (options.pop("n"), args) if "n" in options else (args[0], args[1:])
        levels = torch.linspace(float(sigma_max), float(sigma_min), int(calls) + 1)
        return function(model, x, levels, *args, **options)

    between.__name__ = between.__qualname__ = function.__name__
    between.__doc__ = function.__doc__
    return between
