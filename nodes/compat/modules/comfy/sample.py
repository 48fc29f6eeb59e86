"""`comfy.sample`: noise, and sampling calls on tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nodes.compat.handles.boundary import taken
from nodes.compat.handles.guider import sampled
from nodes.guidance.guiders import CFGGuider
from nodes.sampling.inpaint import fit_mask
from nodes.sampling.noise import initial_noise
from nodes.sampling.samplers.record import Sampler
from nodes.sampling.sigmas import cut_steps, ksampler_sigmas

__all__ = ["np"]


def prepare_noise(latent_image: Tensor, seed: int, noise_inds: Sequence[int] | None = None) -> Tensor:
    """Unit noise of a latent's shape, the same on every machine."""
    return initial_noise(latent_image, seed, noise_inds)


def prepare_mask(noise_mask: Tensor, shape: Sequence[int], device: Any = None) -> Tensor:
    """A mask in any resolution as [B,C,h,w] of a latent's shape."""
    return fit_mask(noise_mask, torch.Size(shape)).to(device)


def fix_empty_latent_channels(model: Any, latent_image: Tensor) -> Tensor:
    """An all-zero latent with the model's number of channels; any other as it is."""
    return taken(model).latent_format.fit_empty(latent_image)  # type: ignore[no-any-return]


def sample(
    model: Any,
    noise: Tensor,
    steps: int,
    cfg: float,
    sampler_name: str,
    scheduler: str,
    positive: Any,
    negative: Any,
    latent_image: Tensor,
    denoise: float = 1.0,
    disable_noise: bool = False,
    start_step: int | None = None,
    last_step: int | None = None,
    force_full_denoise: bool = False,
    noise_mask: Tensor | None = None,
    sigmas: Tensor | None = None,
    callback: Any = None,
    disable_pbar: bool = False,
    seed: int | None = None,
) -> Tensor:
    """Sample a latent by the names of sampler and scheduler; `callback(step, x0, x, total)` after every step."""
    from nodes.compat.modules.comfy.samplers import sampler_object

    sampler = sampler_object(sampler_name)
    if sigmas is None:
        sigmas = ksampler_sigmas(
            taken(model).sampling, scheduler, steps, denoise, discard_penultimate=sampler.discard_penultimate
        )
    last = len(sigmas) - 1 if last_step is None else last_step
    sigmas = cut_steps(sigmas, start_step or 0, last, leftover_noise=not force_full_denoise)
    noise = torch.zeros_like(noise) if disable_noise else noise
    return sample_custom(
        model, noise, cfg, sampler, sigmas, positive, negative, latent_image, noise_mask, callback, disable_pbar, seed
    )


def sample_custom(
    model: Any,
    noise: Tensor,
    cfg: float,
    sampler: Sampler,
    sigmas: Tensor,
    positive: Any,
    negative: Any,
    latent_image: Tensor,
    noise_mask: Tensor | None = None,
    callback: Any = None,
    disable_pbar: bool = False,
    seed: int | None = None,
) -> Tensor:
    """Sample with a given sampler and sigmas; `callback(step, x0, x, total)` after every step."""
    guider = CFGGuider(taken(model), positive, negative, cfg)
    return sampled(guider, noise, latent_image, sampler, sigmas, noise_mask, callback, seed)
