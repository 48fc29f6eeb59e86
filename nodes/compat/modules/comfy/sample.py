"""`comfy.sample`: noise, and sampling calls on tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nodes.compat.handles.boundary import taken
from nodes.compat.modules.comfy import samplers
from nodes.sampling.inpaint import fit_mask
from nodes.sampling.noise import initial_noise
from nodes.sampling.samplers.record import Sampler

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
    sampler = samplers.KSampler(
        model, steps, None, sampler_name, scheduler, denoise, getattr(model, "model_options", None)
    )
    return sampler.sample(
        torch.zeros_like(noise) if disable_noise else noise, positive, negative, cfg, latent_image, start_step,
        last_step, force_full_denoise, noise_mask, sigmas, callback, disable_pbar, seed,
    )  # fmt: skip


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
    options = getattr(model, "model_options", None)
    return samplers.sample(
        model, noise, positive, negative, cfg, None, sampler, sigmas, options, latent_image, noise_mask, callback,
        disable_pbar, seed,
    )  # fmt: skip
