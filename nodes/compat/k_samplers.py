"""Samplers of packs (k-diffusion's convention) as samplers of ours, and ours as packs call and wrap them.

The convention is that of https://github.com/crowsonkb/k-diffusion: `function(model, x, sigmas, extra_args, callback,
disable, **options)`, where `model(x, sigma, **extra_args)` predicts the clean data.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from torch import Tensor

from nodes.compat.handles.parameterisation import shown
from nodes.compat.handles.wrapping import WrapperExecutor
from nodes.compat.stubs import ProvidedType
from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise
from nodes.sampling.samplers.record import Sampler


class KModel:
    """A denoiser as such a function calls it."""

    def __init__(self, denoiser: Denoiser):
        self.denoiser = denoiser
        self.guided = innermost(denoiser)
        self.model_options: dict[str, Any] = dict(getattr(self.guided, "model_options", {}))
        self.inner_model = self  # functions reach for the parameterisation through wrappers of different depth
        self.model_sampling = shown(denoiser.model_sampling)

    def __call__(self, x: Tensor, sigma: Tensor, model_options: Any = None, **_: Any) -> Tensor:
        if model_options is None or not hasattr(self.guided, "model_options"):
            return self.denoiser(x, sigma)
        before, self.guided.model_options = self.guided.model_options, model_options
        try:
            return self.denoiser(x, sigma)
        finally:
            self.guided.model_options = before

    def __getattr__(self, name: str) -> Any:
        """What else is asked of the model, its predictor knows: `apply_model`, `diffusion_model`, `latent_format`."""
        if name.startswith("__") or "guided" not in self.__dict__:
            raise AttributeError(name)
        return getattr(getattr(self.guided, "predictor", self.guided), name)


def innermost(denoiser: Any) -> Any:
    """The denoiser under those that keep a mask's outside."""
    while hasattr(denoiser, "_denoiser"):
        denoiser = denoiser._denoiser
    return denoiser


@dataclass(frozen=True, slots=True)
class GivenNoise:
    """Noise that is there already."""

    noise: Tensor
    seed: int = 0

    def generate_noise(self, input_latent: Any) -> Tensor:
        """It."""
        return self.noise


class Seeded:
    """The seed, for functions that make their steps' noise themselves."""

    def __init__(self, seed: int):
        self.seed = seed

    def __call__(self, *_: Any) -> Tensor:
        raise NotImplementedError("Samplers of packs make their own noise.")


class FunctionSampler(Sampler, metaclass=ProvidedType):
    """A sampler made of such a function; `comfy.samplers.KSAMPLER`. A class that overrides `sample` runs that."""

    sampler_function: Callable[..., Tensor]
    extra_options: dict[str, Any]
    inpaint_options: dict[str, Any]

    def __init__(
        self,
        sampler_function: Callable[..., Tensor],
        extra_options: Mapping[str, Any] | None = None,
        inpaint_options: Mapping[str, Any] | None = None,
    ):
        name = getattr(sampler_function, "__name__", "custom").removeprefix("sample_")
        random = bool((inpaint_options or {}).get("random"))
        super().__init__(name, adapted(sampler_function), own_inpaint_noise=random, options=dict(extra_options or {}))
        extras = {"sampler_function": sampler_function, "extra_options": dict(extra_options or {})}
        extras["inpaint_options"] = dict(inpaint_options or {})
        for attribute, value in extras.items():
            object.__setattr__(self, attribute, value)

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)  # packs set what they like

    def with_options(self, **options: Any) -> Sampler:
        return FunctionSampler(self.sampler_function, {**self.extra_options, **options}, self.inpaint_options)

    def step_noise(self, x: Tensor, sigmas: Tensor, seed: int) -> StepNoise:
        return Seeded(seed)

    def __call__(
        self, denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, noise: StepNoise, callback: Callback | None = None
    ) -> Tensor:
        if type(self).sample is FunctionSampler.sample and "sample" not in self.__dict__:
            run = adapted(self.sampler_function)
            return run(denoiser, x, sigmas, noise=noise, callback=callback or silent, **self.extra_options)
        model = KModel(denoiser)
        args = extra_args(model, noise)
        start = getattr(model.guided, "predictor", None)
        given = (x, None) if start is None else (start.noise, start.latent)
        told = _four(callback, len(sigmas) - 1)
        return self.sample(model, sigmas, args, told, given[0], given[1], _mask_of(denoiser), True)

    def max_denoise(self, model_wrap: Any, sigmas: Tensor) -> bool:
        """Whether sampling starts where the model's noise range ends."""
        from nodes.sampling.sample import is_max_denoise

        return is_max_denoise(model_wrap.denoiser.model_sampling, sigmas)

    def sample(
        self,
        model_wrap: Any,
        sigmas: Tensor,
        extra_args: dict[str, Any],
        callback: Any,
        noise: Tensor,
        latent_image: Tensor | None = None,
        denoise_mask: Tensor | None = None,
        disable_pbar: bool = False,
    ) -> Tensor:
        """From noise and latent (model space) to the result."""
        latent = noise.new_zeros(noise.shape) if latent_image is None else latent_image
        sampling = model_wrap.denoiser.model_sampling
        x = sampling.noise_scaling(sigmas[0], noise, latent, self.max_denoise(model_wrap, sigmas))
        report = _as_step(callback)
        x = self.sampler_function(
            model_wrap, x, sigmas, extra_args=extra_args, callback=report, disable=disable_pbar, **self.extra_options
        )
        result: Tensor = sampling.inverse_noise_scaling(sigmas[-1], x)
        return result


class NativeSampler(FunctionSampler):
    """One of ours in that form; what a pack does not change is ours again."""

    origin: Sampler
    kept: tuple[Any, dict[str, Any]]

    @classmethod
    def of(cls, native: Sampler) -> NativeSampler:
        """The form of one of ours."""
        from nodes.compat.k_functions import k_function

        self = cls(k_function(native), native.options, {"random": True} if native.own_inpaint_noise else {})
        record = {field.name: getattr(native, field.name) for field in fields(Sampler)} | {"function": self.function}
        self.__dict__.update(record, origin=native, kept=(self.sampler_function, dict(self.extra_options)))
        return self

    def graphcore_native(self) -> Sampler:
        """Ours, if it is as it was."""
        unchanged = (self.sampler_function, self.extra_options) == self.kept and "sample" not in self.__dict__
        return self.origin if unchanged else self

    def with_options(self, **options: Any) -> Sampler:
        return NativeSampler.of(self.origin.with_options(**{**self.extra_options, **options}))


def extra_args(model: KModel, noise: Any) -> dict[str, Any]:
    """What such a function hands on to the model."""
    return {"model_options": dict(model.model_options), "seed": getattr(noise, "seed", None)}


def adapted(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The function on our own convention."""

    def sampler(
        denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, noise: StepNoise, callback: Callback = silent, **options: Any
    ) -> Tensor:
        model = KModel(denoiser)
        report = _as_step(_four(callback, len(sigmas) - 1))
        args = extra_args(model, noise)
        return function(model, x, sigmas.to(x.device), extra_args=args, callback=report, disable=True, **options)

    return sampler


def _four(callback: Callback | None, total: int) -> Callable[..., None]:
    """A callback of ours that may be called without the total."""
    told = callback or silent
    return lambda step, denoised, x, steps=total: told(step, denoised, x, steps)


def _as_step(callback: Callable[..., Any] | None) -> Callable[[Mapping[str, Any]], None] | None:
    """A callback as such functions call it: with a dict of i, denoised, x."""
    if callback is None:
        return None
    if len(inspect.signature(callback).parameters) == 1:
        return callback
    return lambda step: callback(step["i"], step["denoised"], step["x"])


def _mask_of(denoiser: Any) -> Tensor | None:
    mask: Tensor | None = getattr(denoiser, "_mask", None)
    return mask


def adapted_handler(handler: Any, use_ms: bool) -> Callable[[Any, int], Tensor]:
    """A scheduler of a pack on our own convention: `handler(model_sampling, steps)`, or keywords n and the range."""

    def schedule(model: Any, steps: int) -> Tensor:
        if use_ms:
            return handler(shown(model), steps)  # type: ignore[no-any-return]
        return handler(n=steps, sigma_min=model.sigma_min, sigma_max=model.sigma_max)  # type: ignore[no-any-return]

    return schedule


# -- ours, changed -----------------------------------------------------------------------------------------------------


def changed(sampler: Sampler, call: Callable[..., Tensor]) -> Sampler:
    """A sampler that runs as `call(sampler, denoiser, x, sigmas, noise, callback)` says."""

    def function(
        denoiser: Denoiser, x: Tensor, sigmas: Tensor, *, noise: StepNoise, callback: Callback = silent, **_: Any
    ) -> Tensor:
        return call(sampler, denoiser, x, sigmas, noise, callback)

    record = {field.name: getattr(sampler, field.name) for field in fields(Sampler)}
    made = _Changed(**{**record, "function": function, "options": {}})
    object.__setattr__(made, "inner", sampler)
    return made


class _Changed(Sampler):
    def step_noise(self, x: Tensor, sigmas: Tensor, seed: int) -> StepNoise:
        return self.inner.step_noise(x, sigmas, seed)  # type: ignore[attr-defined, no-any-return]


def with_callback(sampler: Sampler, told: Callable[[int, Tensor, Tensor, int], Any] | None) -> Sampler:
    """The sampler with a function told of every step: (step, denoised, x, total)."""
    if told is None:
        return sampler

    def call(sampler: Any, denoiser: Any, x: Tensor, sigmas: Tensor, noise: Any, callback: Callback) -> Tensor:
        def both(step: int, denoised: Tensor, x: Tensor, total: int) -> None:
            callback(step, denoised, x, total)
            told(step, denoised, x, total)

        result: Tensor = sampler(denoiser, x, sigmas, noise=noise, callback=both)
        return result

    return changed(sampler, call)


def wrapped_sampler(sampler: Sampler, wrapper: Callable[..., Any]) -> Sampler:
    """The sampler inside a wrapper: (executor, model, sigmas, extra_args, callback, noise, latent, mask, bar) -> x."""

    def call(sampler: Any, denoiser: Any, x: Tensor, sigmas: Tensor, noise: Any, callback: Callback) -> Tensor:
        model = KModel(denoiser)
        start = getattr(model.guided, "predictor", None)
        own_noise, latent = (x, None) if start is None else (start.noise, start.latent)

        def go_on(model: Any, sigmas: Tensor, args: Any, told: Any, given: Any, latent_: Any = None, *_: Any) -> Tensor:
            begin = x
            if given is not own_noise or latent_ is not latent:
                begin = denoiser.model_sampling.noise_scaling(sigmas[0], given, latent_)
            result: Tensor = sampler(model.denoiser, begin, sigmas, noise=noise, callback=told)
            return result

        chain = WrapperExecutor(go_on, sampler, [wrapper])
        told = _four(callback, len(sigmas) - 1)
        args = extra_args(model, noise)
        result: Tensor = chain.execute(model, sigmas, args, told, own_noise, latent, _mask_of(denoiser), True)
        return result

    return changed(sampler, call)
