"""`comfy.samplers`: the lists of samplers and schedulers, and samplers by name. Packs append to the lists."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor

from nodes.builtin.names import SAMPLERS as NATIVE_SAMPLERS
from nodes.builtin.names import SCHEDULERS as NATIVE_SCHEDULERS
from nodes.compat.handles.boundary import given
from nodes.compat.handles.guider import CFGGuider
from nodes.compat.handles.parameterisation import native as native_sampling
from nodes.compat.handles.pieces import can_concat_cond, cond_cat, get_area_and_mult, pre_run_control, process_conds
from nodes.compat.k_samplers import FunctionSampler, adapted_handler
from nodes.compat.modules.comfy.k_diffusion import sampling as k_diffusion_sampling
from nodes.compat.stubs import ProvidedType
from nodes.guidance import batch, cfg, guiders
from nodes.sampling.samplers import SAMPLERS as SAMPLER_TABLE
from nodes.sampling.samplers import find_sampler
from nodes.sampling.samplers.record import Sampler as Native
from nodes.sampling.schedules import (
    SCHEDULES,
    beta,
    ddim_uniform,
    kl_optimal,
    linear_quadratic,
    schedule_sigmas,
    simple,
)
from nodes.sampling.schedules import normal as normal_scheduler
from nodes.sampling.sigmas import EMPTY, cut_steps

__all__ = [
    "KSAMPLER", "CFGGuider", "Sampler", "can_concat_cond", "cond_cat", "get_area_and_mult", "k_diffusion_sampling",
    "normal_scheduler", "pre_run_control", "process_conds",
]  # fmt: skip

KSAMPLER = Sampler = FunctionSampler
NOT_K = ("ddim", "uni_pc", "uni_pc_bh2")

SAMPLER_NAMES: list[str] = list(NATIVE_SAMPLERS)
SCHEDULER_NAMES: list[str] = list(NATIVE_SCHEDULERS)
KSAMPLER_NAMES: list[str] = [name for name in NATIVE_SAMPLERS if name not in NOT_K]

beta_scheduler, ddim_scheduler, simple_scheduler = beta, ddim_uniform, simple
linear_quadratic_schedule, kl_optimal_scheduler = linear_quadratic, kl_optimal


class SchedulerHandler(NamedTuple):
    """A scheduler: `handler(model_sampling, steps)` with `use_ms`, else `handler(n=, sigma_min=, sigma_max=)`."""

    handler: Callable[..., Tensor]
    use_ms: bool = True


class Handlers(UserDict[str, SchedulerHandler]):
    """Name -> scheduler. What a pack puts in can be chosen and used at once."""

    def __setitem__(self, name: str, handler: SchedulerHandler) -> None:
        super().__setitem__(name, handler)
        SCHEDULES[name] = adapted_handler(*handler)
        if name not in SCHEDULER_NAMES:
            SCHEDULER_NAMES.append(name)


SCHEDULER_HANDLERS = Handlers({name: SchedulerHandler(SCHEDULES[name]) for name in NATIVE_SCHEDULERS})


class KSampler(metaclass=ProvidedType):
    """The lists as class attributes, and sampling with the names set once."""

    SCHEDULERS: ClassVar[list[str]] = SCHEDULER_NAMES
    SAMPLERS: ClassVar[list[str]] = SAMPLER_NAMES
    DISCARD_PENULTIMATE_SIGMA_SAMPLERS: ClassVar[set[str]] = {
        name for name, sampler in SAMPLER_TABLE.items() if sampler.discard_penultimate
    }

    def __init__(
        self,
        model: Any,
        steps: int,
        device: Any = None,
        sampler: str | None = None,
        scheduler: str | None = None,
        denoise: float | None = None,
        model_options: Mapping[str, Any] | None = None,
    ):
        self.model, self.device, self.steps = given(model), device, steps
        self.sampler = sampler if sampler in self.SAMPLERS else self.SAMPLERS[0]
        self.scheduler = scheduler if scheduler in self.SCHEDULERS else self.SCHEDULERS[0]
        self.denoise, self.model_options = denoise, dict(model_options or {})
        self.set_steps(steps, denoise)

    def calculate_sigmas(self, steps: int) -> Tensor:
        """The whole schedule."""
        penultimate = self.sampler in self.DISCARD_PENULTIMATE_SIGMA_SAMPLERS
        sampling = self.model.get_model_object("model_sampling")
        sigmas = calculate_sigmas(sampling, self.scheduler, steps + penultimate)
        return torch.cat([sigmas[:-2], sigmas[-1:]]) if penultimate else sigmas

    def set_steps(self, steps: int, denoise: float | None = None) -> None:
        """Set `sigmas` to the last `denoise` of the schedule."""
        self.steps, share = steps, 1.0 if denoise is None else denoise
        if share > 0.9999:
            self.sigmas = self.calculate_sigmas(steps)
        elif share <= 0.0:
            self.sigmas = EMPTY
        else:
            self.sigmas = self.calculate_sigmas(int(steps / share))[-(steps + 1) :]

    def sample(
        self,
        noise: Tensor,
        positive: Any,
        negative: Any,
        cfg: float,
        latent_image: Tensor | None = None,
        start_step: int | None = None,
        last_step: int | None = None,
        force_full_denoise: bool = False,
        denoise_mask: Tensor | None = None,
        sigmas: Tensor | None = None,
        callback: Any = None,
        disable_pbar: bool = False,
        seed: int | None = None,
    ) -> Tensor:
        """Sample; `callback(step, x0, x, total)` after every step."""
        sigmas = self.sigmas if sigmas is None else sigmas
        last = len(sigmas) - 1 if last_step is None else last_step
        sigmas = cut_steps(sigmas, start_step or 0, last, leftover_noise=not force_full_denoise)
        return sample(
            self.model, noise, positive, negative, cfg, self.device, sampler_object(self.sampler), sigmas,
            self.model_options, latent_image, denoise_mask, callback, disable_pbar, seed,
        )  # fmt: skip


def ksampler(
    sampler_name: str, extra_options: Mapping[str, Any] | None = None, inpaint_options: Mapping[str, Any] | None = None
) -> Native:
    """A sampler by name, with options of its function; a pack's own `sample_NAME` in k_diffusion is found too."""
    own = k_diffusion_sampling.__dict__.get(f"sample_{sampler_name}")
    if sampler_name not in SAMPLER_TABLE and callable(own):
        return KSAMPLER(own, extra_options, inpaint_options)
    sampler = find_sampler(sampler_name)
    found: Native = given(sampler.with_options(**extra_options) if extra_options else sampler)
    return found


def sampler_object(name: str) -> Native:
    """A sampler by name."""
    return ksampler(name)


def calculate_sigmas(model_sampling: Any, scheduler_name: str, steps: int) -> Tensor:
    """A schedule by name: [steps + 1]."""
    return schedule_sigmas(native_sampling(model_sampling), scheduler_name, steps)


# -- predictions -------------------------------------------------------------------------------------------------------


def _predictor(model: Any) -> Any:
    """The model of a sampling call, from whatever a function was handed."""
    return getattr(getattr(model, "guided", model), "predictor", model)


def calc_cond_batch(model: Any, conds: Any, x_in: Tensor, timestep: Tensor, model_options: Any) -> list[Tensor]:
    """The denoised prediction for each list of conds."""
    return batch.calc_cond_batch(_predictor(model), conds, x_in, timestep, model_options)


class KSamplerX0Inpaint(metaclass=ProvidedType):
    """A model that keeps what a mask leaves out: the latent, noised as much as the rest."""

    def __init__(self, model: Any, sigmas: Tensor):
        self.inner_model, self.sigmas = model, sigmas
        self.latent_image: Tensor
        self.noise: Tensor

    def __call__(
        self, x: Tensor, sigma: Tensor, denoise_mask: Tensor | None, model_options: Any = None, seed: int | None = None
    ) -> Tensor:
        """The prediction; `latent_image` and `noise` are to be set before."""
        options = model_options or {}
        if denoise_mask is None:
            return self.inner_model(x, sigma, model_options=options, seed=seed)  # type: ignore[no-any-return]
        if "denoise_mask_function" in options:
            extra = {"model": self.inner_model, "sigmas": self.sigmas}
            denoise_mask = options["denoise_mask_function"](sigma, denoise_mask, extra_options=extra)
        outside = 1.0 - denoise_mask
        sampling = self.inner_model.inner_model.model_sampling
        kept = sampling.noise_scaling(sigma.reshape(-1, *[1] * (x.ndim - 1)), self.noise, self.latent_image)
        out = self.inner_model(x * denoise_mask + kept * outside, sigma, model_options=options, seed=seed)
        return out * denoise_mask + self.latent_image * outside  # type: ignore[no-any-return]


def calc_cond_uncond_batch(
    model: Any, cond: Any, uncond: Any, x_in: Tensor, timestep: Tensor, model_options: Any
) -> tuple[Tensor, ...]:
    """The two of them."""
    return tuple(calc_cond_batch(model, [cond, uncond], x_in, timestep, model_options))


def sampling_function(
    model: Any,
    x: Tensor,
    timestep: Tensor,
    uncond: Any,
    cond: Any,
    cond_scale: float,
    model_options: Any = None,
    seed: int | None = None,
) -> Tensor:
    """The guided prediction."""
    step = cfg.Step(_predictor(model), x, timestep, model_options or {})
    return cfg.guide(step, cond, uncond, cond_scale).denoised


def cfg_function(
    model: Any,
    cond_pred: Tensor,
    uncond_pred: Tensor,
    cond_scale: float,
    x: Tensor,
    timestep: Tensor,
    model_options: Any = None,
    cond: Any = None,
    uncond: Any = None,
) -> Tensor:
    """Two predictions combined."""
    step = cfg.Step(_predictor(model), x, timestep, model_options or {})
    return cfg.combine(step, cond_pred, uncond_pred, cond_scale, cond=cond, uncond=uncond)


def sample(
    model: Any,
    noise: Tensor,
    positive: Any,
    negative: Any,
    cfg: float,
    device: Any,
    sampler: Any,
    sigmas: Tensor,
    model_options: Any = None,
    latent_image: Tensor | None = None,
    denoise_mask: Tensor | None = None,
    callback: Any = None,
    disable_pbar: bool = False,
    seed: int | None = None,
) -> Tensor:
    """Sample with a given sampler and sigmas."""
    guider = CFGGuider(model)
    guider.set_conds(positive, negative)
    guider.set_cfg(cfg)
    if model_options:
        guider.model_options = dict(model_options)
    latent = torch.zeros_like(noise) if latent_image is None else latent_image
    return guider.sample(noise, latent, sampler, sigmas, denoise_mask, callback, disable_pbar, seed)


_OWN = {"calc_cond_batch": calc_cond_batch, "sampling_function": sampling_function}


def assigned(name: str, value: Any) -> None:
    """A pack has put a function of its own in the place of one that every prediction goes through: so ours do too."""
    if name == "calc_cond_batch":
        cfg.calc_cond_batch = batch.calc_cond_batch if value is _OWN[name] else value
    if name == "sampling_function":
        guiders.guide = cfg.guide if value is _OWN[name] else _as_guide(value)


def _as_guide(function: Callable[..., Tensor]) -> Callable[..., cfg.Guided]:
    def guide(step: cfg.Step, cond: Any, uncond: Any, cond_scale: float) -> cfg.Guided:
        denoised = function(step.model, step.x, step.sigma, uncond, cond, cond_scale, dict(step.model_options), None)
        return cfg.Guided(denoised, denoised)

    return guide
