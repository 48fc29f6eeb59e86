"""One sampling call: latent and noise in, result out, in the order of operations that the field's results depend on."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.inpaint import MaskedDenoiser, MaskFunction, fit_mask
from nodes.sampling.latent_formats import LatentFormat
from nodes.sampling.model_sampling import ModelSampling
from nodes.sampling.samplers.record import Sampler


def sample(
    denoiser: Denoiser,
    noise: Tensor,
    latent: Tensor,
    sigmas: Tensor,
    sampler: Sampler,
    *,
    model_sampling: ModelSampling,
    latent_format: LatentFormat,
    mask: Tensor | None = None,
    mask_function: MaskFunction | None = None,
    seed: int,
    callback: Callback | None = None,
) -> tuple[Tensor, Tensor]:
    """(samples, last prediction), both as the VAE reads them, float32, on `latent`'s device.

    `noise` and `latent` [B, C, ...] are of one shape, `latent` as the VAE writes it. `mask` (1: sample here) has any
    resolution. `seed` is that of the steps' noise. Without sigmas the latent comes back unchanged.
    """
    if len(sigmas) == 0:
        return latent, latent
    sigmas = sampler.prepare(sigmas.to("cpu", torch.float32))
    z = latent_format.to_model_space(latent.float())
    noise = noise.to(z)
    last = _Last(callback or silent)
    if mask is not None:
        kept_noise = _fresh_noise(noise, seed) if sampler.own_inpaint_noise else noise
        denoiser = MaskedDenoiser(denoiser, fit_mask(mask.to(z.device), z.shape), kept_noise, z, sigmas, mask_function)
    x = model_sampling.noise_scaling(sigmas[0], noise, z, is_max_denoise(model_sampling, sigmas))
    x = sampler(denoiser, x, sigmas, noise=sampler.step_noise(x, sigmas, seed), callback=last)
    samples = latent_format.process_out(model_sampling.inverse_noise_scaling(sigmas[-1], x).float())
    return samples, samples if last.denoised is None else latent_format.process_out(last.denoised.float())


def add_noise(
    noise: Tensor, latent: Tensor, sigmas: Tensor, *, model_sampling: ModelSampling, latent_format: LatentFormat
) -> Tensor:
    """`latent` noised by the distance from the first to the last sigma (the AddNoise node). Stored space, float32."""
    if len(sigmas) == 0:
        return latent
    sigmas = sigmas.to("cpu", torch.float32)
    scale = (sigmas[0] - sigmas[-1]).abs() if len(sigmas) > 1 else sigmas[0]
    z = latent_format.to_model_space(latent.float())
    noised = latent_format.process_out(model_sampling.noise_scaling(scale, noise.to(z), z))
    return torch.nan_to_num(noised, nan=0.0, posinf=0.0, neginf=0.0)


def is_max_denoise(model_sampling: ModelSampling, sigmas: Tensor) -> bool:
    """Whether the sampling starts where the model's noise range ends."""
    sigma_max, sigma = model_sampling.sigma_max, float(sigmas[0])
    return math.isclose(sigma_max, sigma, rel_tol=1e-5) or sigma > sigma_max


def _fresh_noise(noise: Tensor, seed: int) -> Tensor:
    generator = torch.manual_seed((seed + 1) % 2**64)
    return torch.randn(noise.shape, generator=generator, device="cpu").to(noise)


class _Last:
    """Passes the callback on and keeps the last prediction."""

    def __init__(self, callback: Callback):
        self._callback = callback
        self.denoised: Tensor | None = None

    def __call__(self, step: int, denoised: Tensor, x: Tensor, total: int) -> None:
        self.denoised = denoised
        self._callback(step, denoised, x, total)
