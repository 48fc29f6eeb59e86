"""Sampling inside a mask: what the mask keeps is put back, noised, before each model call, and clean after it."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from nodes.sampling.denoiser import Denoiser
from nodes.sampling.model_sampling import ModelSampling

_INTERPOLATION = {1: "linear", 2: "bilinear", 3: "trilinear"}


class MaskFunction(Protocol):
    """Changes the mask with the noise level. `sigma` [B], `mask` of x's shape (1: sample here), `sigmas` the run's."""

    def __call__(self, sigma: Tensor, mask: Tensor, model: ModelSampling, sigmas: Tensor) -> Tensor: ...


class DifferentialDiffusion:
    """A grey mask becomes a threshold on time: the brighter, the earlier a place is freed (arXiv 2306.00950).

    `strength` below 1 mixes the thresholded mask with the grey one; 0 means 1.
    """

    def __init__(self, strength: float = 1.0):
        self.strength = strength

    def __call__(self, sigma: Tensor, mask: Tensor, model: ModelSampling, sigmas: Tensor) -> Tensor:
        end = max(model.sigma_min, float(sigmas[-1]))
        t_start, t_end, t = (model.timestep(s) for s in (sigmas[0], sigmas.new_tensor(end), sigma[0]))
        threshold = (t - t_end) / (t_start - t_end)
        binary = (mask >= threshold).to(mask.dtype)
        if 0 < self.strength < 1:
            return self.strength * binary + (1 - self.strength) * mask
        return binary


class MaskedDenoiser:
    """A denoiser that only changes what a mask allows.

    `mask` (1: sample here, 0: keep), `noise` and `latent` (in model space) have x's shape.
    """

    def __init__(
        self,
        denoiser: Denoiser,
        mask: Tensor,
        noise: Tensor,
        latent: Tensor,
        sigmas: Tensor,
        mask_function: MaskFunction | None = None,
    ):
        self._denoiser, self._mask, self._noise, self._latent = denoiser, mask, noise, latent
        self._sigmas, self._mask_function = sigmas, mask_function

    @property
    def model_sampling(self) -> ModelSampling:
        return self._denoiser.model_sampling

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        mask = self._mask_at(sigma)
        return self._kept(self._denoiser(self._renoised(x, sigma, mask), sigma), mask)

    def with_uncond(self, x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        """The unprompted prediction is the model's own: the field masks the guided one alone."""
        mask = self._mask_at(sigma)
        denoised, uncond = self._denoiser.with_uncond(self._renoised(x, sigma, mask), sigma)
        return self._kept(denoised, mask), uncond

    def _mask_at(self, sigma: Tensor) -> Tensor:
        if self._mask_function is None:
            return self._mask
        return self._mask_function(sigma, self._mask, self.model_sampling, self._sigmas)

    def _renoised(self, x: Tensor, sigma: Tensor, mask: Tensor) -> Tensor:
        kept = self.model_sampling.noise_scaling(sigma, self._noise, self._latent)
        return x * mask + kept * (1 - mask)

    def _kept(self, denoised: Tensor, mask: Tensor) -> Tensor:
        return denoised * mask + self._latent * (1 - mask)


def fit_mask(mask: Tensor, shape: torch.Size) -> Tensor:
    """A mask in any resolution made to fit a latent of `shape` [B, C, ...]: interpolated, repeated along C and B.

    Takes [H, W], [B, H, W], [B, 1, H, W]; for video latents also [F, H, W] and [B, 1, F, H, W].
    """
    dims = len(shape) - 2
    if dims == 3:
        mask = mask if mask.ndim == 5 else mask.reshape(1, 1, -1, *mask.shape[-2:])
    else:
        mask = mask.reshape(-1, 1, *mask.shape[-dims:])
    mask = interpolate(mask.float(), size=shape[2:], mode=_INTERPOLATION[dims])
    mask = mask.repeat(1, -(-shape[1] // mask.shape[1]), *[1] * dims)[:, : shape[1]]
    return mask.repeat(-(-shape[0] // mask.shape[0]), *[1] * (dims + 1))[: shape[0]]
