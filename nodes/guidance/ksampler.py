"""Sampling calls over LATENT values: everything prepared once, then the sampler's loop."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from graphcore.errors import ModelError
from graphcore.job import Run
from nodes.guidance.conditioning import Conditioning
from nodes.guidance.denoiser import GuidedDenoiser
from nodes.guidance.guiders import CFGGuider, Guider
from nodes.guidance.not_numbers import blame
from nodes.guidance.predictor import Predictor
from nodes.guidance.previews import Previewer
from nodes.guidance.start_noise import Noise, NoNoise, RandomNoise
from nodes.guidance.wrappers import wrapped
from nodes.models.soundness import is_finite
from nodes.sampling.denoiser import Callback
from nodes.sampling.inpaint import fit_mask
from nodes.sampling.latent_formats import LatentFormat
from nodes.sampling.sample import add_noise
from nodes.sampling.sample import sample as run_sampler
from nodes.sampling.samplers import SAMPLERS, Sampler, find_sampler
from nodes.sampling.schedules import SCHEDULES
from nodes.sampling.sigmas import cut_steps, ksampler_sigmas

if TYPE_CHECKING:
    from nodes.models.model import Model

log = logging.getLogger(__name__)

Latent = dict[str, Any]


class Sampled(NamedTuple):
    """The result, and the last prediction of the clean latent on the way to it."""

    output: Latent
    denoised: Latent


def ksampler(
    model: Model,
    positive: Conditioning,
    negative: Conditioning,
    latent: Latent,
    *,
    seed: int,
    steps: int,
    cfg: float,
    sampler_name: str,
    scheduler: str,
    denoise: float,
    run: Run,
) -> Latent:
    """The field's KSampler: a schedule, a sampler and classifier-free guidance by name."""
    sampler, scheduler = chosen(sampler_name, scheduler)
    sigmas = ksampler_sigmas(model.sampling, scheduler, steps, denoise, discard_penultimate=sampler.discard_penultimate)
    guider = CFGGuider(model, positive, negative, cfg)
    return sample(guider, RandomNoise(seed), sampler, sigmas, latent, run).output


def ksampler_advanced(
    model: Model,
    positive: Conditioning,
    negative: Conditioning,
    latent: Latent,
    *,
    add_noise: bool,
    seed: int,
    steps: int,
    cfg: float,
    sampler_name: str,
    scheduler: str,
    start_at_step: int,
    end_at_step: int,
    leftover_noise: bool,
    run: Run,
) -> Latent:
    """Steps `start_at_step` to `end_at_step` of a schedule; without `leftover_noise` the last one goes to 0."""
    sampler, scheduler = chosen(sampler_name, scheduler)
    sigmas = ksampler_sigmas(model.sampling, scheduler, steps, discard_penultimate=sampler.discard_penultimate)
    sigmas = cut_steps(sigmas, start_at_step, end_at_step, leftover_noise=leftover_noise)
    noise = RandomNoise(seed) if add_noise else NoNoise(seed)
    return sample(CFGGuider(model, positive, negative, cfg), noise, sampler, sigmas, latent, run).output


def chosen(sampler: str, scheduler: str) -> tuple[Sampler, str]:
    """The sampler, and the name of the schedule. As in the field, names that come by wire and are not known mean euler
    and simple; the log says so. (Values in a workflow are checked before anything runs.)
    """
    return find_sampler(_known("sampler", sampler, SAMPLERS, "euler")), _known(
        "scheduler", scheduler, SCHEDULES, "simple"
    )


def _known(what: str, name: str, table: Mapping[str, object], instead: str) -> str:
    if name in table:
        return name
    log.warning("There is no %s called '%s'; '%s' is used instead.", what, name, instead)
    return instead


def sample(guider: Guider, noise: Noise, sampler: Sampler, sigmas: Tensor, latent: Latent, run: Run) -> Sampled:
    """One sampling call. Without sigmas the latent comes back unchanged. Raises Cancelled when the run is stopped."""
    if len(sigmas) == 0:
        return Sampled(dict(latent), dict(latent))
    own = getattr(guider, "sample_instead", None)  # of a pack's guider, which may have a sampling call of its own
    found: Sampled | None = None if own is None else own(noise, sampler, sigmas, latent, run)
    if found is not None:
        return found
    model = guider.model
    start = fitted(latent, model.latent_format)
    execute = wrapped(_sample, "outer_sample", model.options.get("transformer_options", {}), guider)
    output, denoised = execute(guider, noise.generate_noise(start), start, sampler, sigmas, noise.seed, run)
    return Sampled({**latent, "samples": output}, {**latent, "samples": denoised})


def fitted(latent: Latent, latent_format: LatentFormat) -> Latent:
    """The latent with the model's number of channels. ModelError if it holds a picture of another family's."""
    samples = latent_format.fit_empty(latent["samples"])
    if samples.shape[1] != latent_format.channels:
        raise ModelError(
            f"The latent has {samples.shape[1]} channels, but the model samples {latent_format.channels}: encode the "
            "picture with the VAE of the model's own checkpoint or family, or start from an empty latent."
        )
    return {**latent, "samples": samples}


@torch.no_grad()
def _sample(
    guider: Guider, noise: Tensor, latent: Latent, sampler: Sampler, sigmas: Tensor, seed: int, run: Run
) -> tuple[Tensor, Tensor]:
    model = guider.model
    network = model.network()
    device = network.device
    samples, noise = latent["samples"].to(device, torch.float32), noise.to(device, torch.float32)
    mask = latent.get("noise_mask")
    whole_mask = fit_mask(mask.to(device), samples.shape) if mask is not None else None
    predictor = Predictor(model, network, noise, model.latent_format.to_model_space(samples), whole_mask, seed)
    denoiser = GuidedDenoiser(guider, predictor, predictor.prepare(guider.lists), sampling_options(model, sigmas))
    output, denoised = run_sampler(
        denoiser,
        noise,
        samples,
        sigmas,
        sampler,
        model_sampling=model.sampling,
        latent_format=model.latent_format,
        mask=mask,
        mask_function=model.options.get("denoise_mask_function"),
        seed=seed,
        callback=progress_callback(run, model.latent_format),
    )
    if not is_finite(output):
        blame(guider)
    return output.cpu(), denoised.cpu()


def sampling_options(model: Model, sigmas: Tensor) -> dict[str, Any]:
    """The model's options, with the sigmas of this call where patches may look at them."""
    inner = {**model.options.get("transformer_options", {}), "sample_sigmas": sigmas}
    return {**model.options, "transformer_options": inner}


def progress_callback(run: Run, latent_format: LatentFormat) -> Callback:
    """Reports each step, and now and then a rough picture of the first item; raises Cancelled when the run stops."""
    previewer = Previewer(latent_format, run.folders)

    def callback(step: int, denoised: Tensor, x: Tensor, total: int) -> None:
        run.progress(min(step + 1, total), total)  # adaptive samplers take more steps than they were given
        picture = previewer(denoised)
        if picture is not None:
            run.preview(picture, rough=True)

    return callback


def noised(model: Model, noise: Noise, sigmas: Tensor, latent: Latent) -> Latent:
    """A latent noised by the distance between the first and the last of `sigmas`."""
    if len(sigmas) == 0:
        return latent
    start = fitted(latent, model.latent_format)
    samples = add_noise(
        noise.generate_noise(start),
        start["samples"],
        sigmas,
        model_sampling=model.sampling,
        latent_format=model.latent_format,
    )
    return {**latent, "samples": samples}
