"""Latents as pictures: empty ones of every family, resizing, turning, cutting and pasting in latent cells."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import safetensors.torch
import torch

from nodes.imaging.resize import common_upscale
from nodes.imaging.scale import flip, rotate
from nodes.imaging.shapes import (
    ImagingError,
    Latent,
    channels_first,
    check_image,
    check_latent,
    check_room,
    with_samples,
)

CELL = 8  # pixels per latent cell of the picture families


def empty_latent(*shape: int) -> Latent:
    """Zeros of a shape. ImagingError if it is empty or larger than the memory."""
    check_room(*shape, what="latent")
    return {"samples": torch.zeros(shape)}


def empty_video_latent(
    channels: int, cell: int, frames_per_step: int, width: int, height: int, length: int, batch_size: int
) -> Latent:
    """Zeros [B,C,T,h,w]: the first frame by itself, then one step for every `frames_per_step` further frames."""
    steps = (length - 1) // frames_per_step + 1
    return empty_latent(batch_size, channels, steps, height // cell, width // cell)


STABLE_AUDIO_RATE, STABLE_AUDIO_STEP = 44100, 2048  # Hz; samples to a step of Stable Audio's autoencoder


def empty_audio_latent(seconds: float, batch_size: int) -> Latent:
    """Zeros [B,64,T] for Stable Audio, an even number of steps."""
    steps = 2 * round(seconds * STABLE_AUDIO_RATE / STABLE_AUDIO_STEP / 2)
    return {**empty_latent(batch_size, 64, steps), "type": "audio"}


def upscale_latent(latent: Latent, width: int, height: int, method: str, crop: str) -> Latent:
    """Resized to width x height *pixels*, at least 64; one of them 0 keeps the aspect, both 0 change nothing."""
    samples = check_latent(latent, spatial=True)
    if width == 0 and height == 0:
        return latent
    rows, columns = samples.shape[-2:]
    if width == 0:
        height = max(64, height)
        width = max(64, round(columns * height / rows))
    elif height == 0:
        width = max(64, width)
        height = max(64, round(rows * width / columns))
    else:
        width, height = max(64, width), max(64, height)
    return with_samples(latent, common_upscale(samples, width // CELL, height // CELL, method, crop))


def upscale_latent_by(latent: Latent, factor: float, method: str) -> Latent:
    """Both sides times `factor`."""
    samples = check_latent(latent, spatial=True)
    width, height = round(samples.shape[-1] * factor), round(samples.shape[-2] * factor)
    return with_samples(latent, common_upscale(samples, width, height, method))


def rotate_latent(latent: Latent, rotation: str) -> Latent:
    """Clockwise by quarter turns."""
    return with_samples(latent, rotate(check_latent(latent, spatial=True), rotation, dims=(-1, -2)))


def flip_latent(latent: Latent, method: str) -> Latent:
    """Upside down ('x-axis: ...') or mirrored ('y-axis: ...')."""
    return with_samples(latent, flip(check_latent(latent, spatial=True), method, dims=(-1, -2)))


def crop_latent(latent: Latent, width: int, height: int, x: int, y: int) -> Latent:
    """The part of width x height pixels at (x, y), starting at most 8 cells before the far edge.

    In a latent narrower than 8 cells the start is negative and so counts from the far edge, as it does in the field.
    """
    samples = check_latent(latent, spatial=True)
    rows, columns = samples.shape[-2:]
    x, y = min(x // CELL, columns - 8), min(y // CELL, rows - 8)
    part = samples[..., y : y + height // CELL, x : x + width // CELL]
    if part.numel() == 0:
        raise ImagingError(f"The crop leaves nothing of a latent of {columns}x{rows} cells.")
    return with_samples(latent, part)


def paste_latent(latent: Latent, source: Latent, x: int, y: int, feather: int) -> Latent:
    """`source` pasted into `latent` at (x, y) pixels, cut off at the edges.

    Feathering fades its borders in over `feather` pixels, except where they lie on the edge of the destination.
    """
    below, above = check_latent(latent, spatial=True), check_latent(source, "samples_from", spatial=True)
    if below.ndim != above.ndim or below.shape[1:-2] != above.shape[1:-2] or above.shape[0] not in (1, below.shape[0]):
        raise ImagingError(f"A latent of shape {list(above.shape)} cannot be pasted into one of {list(below.shape)}.")
    x, y, feather = x // CELL, y // CELL, feather // CELL
    height, width = above.shape[-2:]
    result = below.clone()
    place = result[..., y : y + height, x : x + width]
    part = above[..., : place.shape[-2], : place.shape[-1]].to(below)
    if feather:
        open_sides = (x != 0, y != 0, x + width < below.shape[-1], y + height < below.shape[-2])
        mask = torch.ones(height, width, dtype=below.dtype, device=below.device)
        _fade(mask, open_sides, feather)
        place.lerp_(part, mask[: place.shape[-2], : place.shape[-1]])
    else:
        place.copy_(part)
    return with_samples(latent, result)


def _fade(mask: torch.Tensor, sides: tuple[bool, bool, bool, bool], feather: int) -> None:
    left, top, right, bottom = sides
    height, width = mask.shape[-2:]
    for step in range(feather):
        share = (step + 1) / feather
        if top and step < height:
            mask[..., step, :] *= share
        if bottom and step < height:
            mask[..., height - 1 - step, :] *= share
        if left and step < width:
            mask[..., step] *= share
        if right and step < width:
            mask[..., width - 1 - step] *= share


def refiner_latent(latent: Latent) -> Latent:
    """Zeros [B,32,...] of the size that HunyuanImage's refiner wants beside a latent."""
    samples = check_latent(latent)
    return empty_latent(samples.shape[0], 32, *samples.shape[-3:])


def trim_latent(latent: Latent, amount: int) -> Latent:
    """A video latent [B,C,T,h,w] without its first `amount` steps; of a picture's latent these are rows."""
    samples = check_latent(latent)
    if amount >= samples.shape[2]:
        raise ImagingError(f"{amount} steps cannot be taken off a latent of shape {list(samples.shape)}.")
    return with_samples(latent, samples[:, :, amount:])


def upscaler_inputs(images: torch.Tensor, ratio: float) -> tuple[torch.Tensor, Latent]:
    """What SD's x4 upscaler samples from: the picture at a quarter of the wanted size, -1..1, [B,3,h,w], and a blank.

    `ratio` is the wanted size by that of the picture.
    """
    batch, rows, columns = check_image(images).shape[:3]
    width, height = max(1, round(columns * ratio)), max(1, round(rows * ratio))
    pixels = channels_first(images) * 2.0 - 1.0
    small = common_upscale(pixels, width // 4, height // 4, "bilinear", "center")
    return small, empty_latent(batch, 4, height // 4, width // 4)


@cache
def lotus_prompt() -> torch.Tensor:
    """The encoded empty prompt [1,2,1024] that the Lotus models were trained with, fp32."""
    data = files("nodes.imaging").joinpath("data/lotus_prompt.safetensors").read_bytes()
    return safetensors.torch.load(data)["prompt"].float()
