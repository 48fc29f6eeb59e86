"""Latents and conditionings for filling in parts of a picture, and for editing one by instruction.

Pictures are [B,H,W,C] in 0..1, masks [B,H,W] or [H,W] of any size, 1 where the picture is to be replaced.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.functional import conv2d, interpolate

from nodes.guidance.conditioning import Conditioning, set_values

if TYPE_CHECKING:
    from nodes.models.vae import Vae

CELL = 8  # pixels: what both picture and mask are cut to, around the centre
Latent = dict[str, Any]
PairAndLatent = tuple[Conditioning, Conditioning, Latent]


def encode_for_inpaint(vae: Vae, pixels: Tensor, mask: Tensor, grow: int) -> Latent:
    """The latent of `pixels` with grey where the mask is set, and as its noise mask the mask grown by `grow` pixels."""
    pixels, mask = cut(pixels, fit_mask(mask, pixels))
    return {"samples": vae.encode(greyed(pixels, mask)), "noise_mask": grown(mask, grow)}


def inpaint_conditioning(
    positive: Conditioning, negative: Conditioning, vae: Vae, pixels: Tensor, mask: Tensor, noise_mask: bool
) -> PairAndLatent:
    """Both conditionings with the greyed picture and the mask, and the picture's latent, masked if asked for."""
    cut_pixels, mask = cut(pixels, fit_mask(mask, pixels))
    values = {"concat_latent_image": vae.encode(greyed(cut_pixels, mask)), "concat_mask": mask}
    latent = {"samples": vae.encode(pixels)}
    if noise_mask:
        latent["noise_mask"] = mask
    return set_values(positive, values), set_values(negative, values), latent


def edit_conditioning(positive: Conditioning, negative: Conditioning, vae: Vae, pixels: Tensor) -> PairAndLatent:
    """Both conditionings with the picture to be edited, and an empty latent of its size."""
    encoded = vae.encode(cut(pixels)[0])
    values = {"concat_latent_image": encoded}
    return set_values(positive, values), set_values(negative, values), {"samples": torch.zeros_like(encoded)}


def fit_mask(mask: Tensor, pixels: Tensor) -> Tensor:
    """The mask as [B,1,H,W] of the picture's size."""
    size = (pixels.shape[1], pixels.shape[2])
    return interpolate(mask.reshape(-1, 1, *mask.shape[-2:]), size=size, mode="bilinear")


def cut(pixels: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """A picture and its mask [B,1,H,W] (default: empty), both cut to whole cells around the centre."""
    if mask is None:
        mask = pixels.new_zeros(1, 1, *pixels.shape[1:3])
    for dim in (1, 2):
        size, extra = pixels.shape[dim] // CELL * CELL, pixels.shape[dim] % CELL
        pixels = pixels.narrow(dim, extra // 2, size)
        mask = mask.narrow(dim + 1, extra // 2, size)
    return pixels, mask


def greyed(pixels: Tensor, mask: Tensor) -> Tensor:
    """The picture's first three channels, mid-grey wherever the mask [B,1,H,W] is at least half set."""
    keep = (1.0 - mask.round()).movedim(1, -1)
    return (pixels[..., :3] - 0.5) * keep + 0.5


def grown(mask: Tensor, pixels: int) -> Tensor:
    """The rounded mask [B,1,H,W], set also where any cell of a square of `pixels` around is."""
    mask = mask.round()
    if pixels == 0:
        return mask
    kernel = torch.ones(1, 1, pixels, pixels, dtype=mask.dtype, device=mask.device)
    spread = conv2d(mask, kernel, padding=math.ceil((pixels - 1) / 2)).clamp(0, 1)
    return spread[:, :, : mask.shape[2], : mask.shape[3]].round()
