"""Fewer colours: Pillow's median cut, undithered, error-diffused, or with an ordered (Bayer) pattern."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image

from nodes.imaging.resize import to_bytes
from nodes.imaging.shapes import ImagingError, check_image

ORDERS = {"bayer-2": 1, "bayer-4": 2, "bayer-8": 3, "bayer-16": 4}


def quantize_image(image: torch.Tensor, colors: int, dither: str) -> torch.Tensor:
    """[B,H,W,3] with at most `colors` (1..256) colours, each picture with its own palette."""
    check_image(image)
    if image.shape[-1] != 3:
        raise ImagingError(f"Palettes are made of 3-channel pictures; this one has {image.shape[-1]} channels.")
    if dither not in ("none", "floyd-steinberg", *ORDERS):
        raise ImagingError(f"'{dither}' is not a way to dither; use none, floyd-steinberg, {', '.join(ORDERS)}.")
    result = torch.empty_like(image, device="cpu", memory_format=torch.contiguous_format)
    for source, target in zip(image, result, strict=True):
        quantized = _quantize(Image.fromarray(to_bytes(source)), colors, dither)
        target.copy_(torch.from_numpy(np.array(quantized.convert("RGB")))).div_(255.0)
    return result.to(image.device)


def _quantize(picture: Image.Image, colors: int, dither: str) -> Image.Image:
    palette = picture.quantize(colors=colors)
    if dither == "floyd-steinberg":
        return picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    if dither in ORDERS:
        picture = _add_pattern(picture, palette, ORDERS[dither])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def _add_pattern(picture: Image.Image, palette: Image.Image, levels: int) -> Image.Image:
    """The picture with a Bayer matrix of 2^levels added, as strong as the palette is coarse."""
    count = len(palette.getpalette() or ()) // 3
    pattern = (2 * 256 / count) * bayer(levels) + 0.5
    height, width = picture.height, picture.width
    tiles = (-(-height // len(pattern)), -(-width // len(pattern)))
    tiled = np.tile(pattern, tiles)[:height, :width, None]
    return Image.fromarray(np.clip(np.asarray(picture, np.float32) + tiled, 0, 255).astype(np.uint8))


def bayer(levels: int) -> np.ndarray:
    """The Bayer threshold matrix of 2^levels x 2^levels, values around 0."""
    matrix = np.zeros((1, 1), np.float32)
    for level in range(1, levels + 1):
        scaled = 4**level * matrix
        matrix = np.block([[scaled - 1.5, scaled + 0.5], [scaled + 1.5, scaled - 0.5]]) / 4**level
    return matrix
