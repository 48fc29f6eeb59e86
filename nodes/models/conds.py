"""What a family's network is told beside the latent and the prompt: vectors of sizes, and images joined to the latent.

A cond is a dict with the keys of a conditioning's options, plus `cross_attn` (the prompt [1,T,C]), `width`, `height`
(pixels), `noise` (of the latent's shape) and `prompt_type` ("positive", "negative", ...).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from nodes.imaging.batch import resize_to_batch_size
from nodes.imaging.resize import common_upscale
from nodes.models.unclip import NoiseAugmentor, image_vector

Cond = Mapping[str, Any]

SIZE_WIDTH = 256  # channels in which one number is embedded
# What an inpainting UNet saw of an image that is all hole: the latent of grey, per channel.
BLANK_LATENT = (0.8223, -0.6876, 0.6364, 0.1380)
AESTHETIC_SCORES = {"negative": 2.5}
AESTHETIC_SCORE = 6.0


def embed_numbers(values: Sequence[float]) -> Tensor:
    """Sinusoidal embeddings of numbers, side by side: [1, 256 * n], cosines first."""
    half = SIZE_WIDTH // 2
    frequencies = torch.exp(-math.log(10000.0) * torch.arange(half, dtype=torch.float32) / half)
    angles = torch.tensor([float(value) for value in values])[:, None] * frequencies
    return torch.cat((angles.cos(), angles.sin()), dim=1).reshape(1, -1)


def sdxl_vector(cond: Cond, width: int) -> Tensor:
    """SDXL's micro-conditioning y [1, width]: pooled prompt, size, crop and target size (arXiv:2307.01952, 2.2)."""
    h, w = cond["height"], cond["width"]
    sizes = [h, w, cond.get("crop_h", 0), cond.get("crop_w", 0), cond.get("target_height", h)]
    return _vector(cond, [*sizes, cond.get("target_width", w)], width)


def refiner_vector(cond: Cond, width: int) -> Tensor:
    """The refiner's y [1, width]: pooled prompt, size, crop and aesthetic score."""
    score = cond.get("aesthetic_score", AESTHETIC_SCORES.get(cond.get("prompt_type", ""), AESTHETIC_SCORE))
    sizes = [cond["height"], cond["width"], cond.get("crop_h", 0), cond.get("crop_w", 0)]
    return _vector(cond, [*sizes, score], width)


def _vector(cond: Cond, numbers: Sequence[float], width: int) -> Tensor:
    """The pooled prompt (zeros where there is none) before the embedded numbers, `width` in all.

    Image prompts take the pooled prompt's place.
    """
    embedded = embed_numbers(numbers)
    pooled = cond.get("pooled_output")
    if cond.get("unclip_conditioning"):
        dim = width - embedded.shape[1]
        pooled = image_vector(cond["unclip_conditioning"], NoiseAugmentor(dim), 0.0, cond.get("seed", 0))[:, :dim]
    if pooled is None:
        pooled = torch.zeros(1, width - embedded.shape[1])
    return torch.cat((pooled.float().cpu(), embedded.expand(pooled.shape[0], -1)), dim=1)


def inpaint_channels(cond: Cond, process_in: Callable[[Tensor], Tensor]) -> Tensor:
    """An inpainting UNet's five extra channels: the mask (1 = hole), then the latent of the masked image.

    `process_in` brings latents into model space. Taken from `concat_mask` and `concat_latent_image`, else from the
    sampling call's own `denoise_mask` and `latent_image` (in model space already), else everything is hole.
    """
    size = _cells(cond)
    mask = cond.get("concat_mask", cond.get("denoise_mask"))
    image = cond.get("concat_latent_image")
    image = cond.get("latent_image") if image is None else process_in(image)
    if mask is None:
        blank = torch.tensor(BLANK_LATENT).reshape(1, 4, 1, 1).expand(1, 4, size[1], size[0])
        return torch.cat((torch.ones_like(blank[:, :1]), blank), dim=1)
    mask = mask[:, :1] if mask.dim() == 4 else mask.reshape(-1, 1, *mask.shape[-2:])
    mask = _resized(mask.float(), size).round()
    image = torch.zeros(1, 4, size[1], size[0]) if image is None else _resized(image.float(), size)
    rows = max(len(mask), len(image)) if cond.get("noise") is None else len(cond["noise"])
    return torch.cat((resize_to_batch_size(mask, rows), resize_to_batch_size(image, rows)), dim=1)


def image_channels(cond: Cond, process_in: Callable[[Tensor], Tensor]) -> Tensor:
    """The latent of the picture to be edited, for UNets that follow instructions (InstructPix2Pix); zeros if none."""
    size = _cells(cond)
    image = cond.get("concat_latent_image")
    if image is None:
        return torch.zeros(1, 4, size[1], size[0])
    resized = _resized(process_in(image.float()), size)
    return resized if cond.get("noise") is None else resize_to_batch_size(resized, len(cond["noise"]))


def _cells(cond: Cond) -> tuple[int, int]:
    """Width and height of the latent; the cond's own are those that the prompt was written for."""
    noise = cond.get("noise")
    return (cond["width"] // 8, cond["height"] // 8) if noise is None else (noise.shape[-1], noise.shape[-2])


def _resized(tensor: Tensor, size: tuple[int, int]) -> Tensor:
    width, height = size
    if tuple(tensor.shape[-2:]) == (height, width):
        return tensor
    return common_upscale(tensor, width, height, "bilinear", "center")
