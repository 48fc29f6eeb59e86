"""Sample sheets: paints captions that training never saw, looks at them with the measure, keeps them as a picture."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor

from nodes.sampling.latent_formats import SD1
from nodes.sampling.model_sampling import ModelSampling, discrete
from nodes.sampling.samplers.euler import euler
from nodes.sampling.schedules import karras
from tools.default_model.captions import full_caption
from tools.default_model.loop import Training, autocast, device
from tools.default_model.measure import read
from tools.default_model.scenes import Shapes, held_out_single
from tools.default_model.text import token_rows
from tools.default_model.vae import to_pictures

STEPS, GUIDANCE = 20, 3.0  # what the model is shown with
_COUNT, _COLUMNS = 32, 8
_CELL = (132, 158)


@dataclass(frozen=True)
class GuidedPainter:
    """A painter in training as a denoiser with classifier-free guidance (Ho & Salimans 2022)."""

    painter: Any
    rows: Tensor
    empty: Tensor
    model_sampling: ModelSampling

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        prompted, bare = self._both(x, sigma)
        return bare + GUIDANCE * (prompted - bare)

    def with_uncond(self, x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        prompted, bare = self._both(x, sigma)
        return bare + GUIDANCE * (prompted - bare), bare

    def _both(self, x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        scaled = self.model_sampling.calculate_input(sigma, x).repeat(2, 1, 1, 1)
        timesteps = self.model_sampling.timestep(sigma).repeat(2)
        with autocast():
            velocity = self.painter(scaled, timesteps, torch.cat([self.rows, self.empty])).float()
        prompted, bare = (self.model_sampling.calculate_denoised(sigma, part, x) for part in velocity.chunk(2))
        return prompted, bare


@torch.no_grad()
def paint(painter: Any, vae: Any, captions: list[str], seed: int = 0) -> NDArray[np.uint8]:
    """A picture of 128 pixels for each caption [B,128,128,3]."""
    sampling, rows = discrete("v_prediction"), token_rows(captions).to(device())
    denoiser = GuidedPainter(painter, rows, token_rows([""] * len(captions)).to(device()), sampling)
    sigmas = karras(sampling, STEPS).to(device())
    noise = torch.randn(len(captions), 4, 16, 16, generator=torch.Generator().manual_seed(seed)).to(device())
    latents = SD1.process_out(euler(denoiser, noise * (1 + sigmas[0] ** 2).sqrt(), sigmas))
    return to_pictures(vae.decode(latents).sample)


def inspect_painter(training: Training, vae: Any) -> None:
    """Print how often held-out captions came out right, and keep the sheet."""
    rng = random.Random(5)
    scenes = [held_out_single(rng) for _ in range(_COUNT)]
    captions = [full_caption(scene, rng) for scene in scenes]
    pictures = paint(training.averaged, vae, captions)
    told = ", ".join(f"{name} {share:.0%}" for name, share in correct_shares(scenes, pictures).items())
    print(f"{training.name} {training.step}: {told} on held-out captions", flush=True)
    captioned(pictures, captions).save(training.folder / f"{training.name}.png")


def correct_shares(scenes: list[Shapes], pictures: NDArray[np.uint8]) -> dict[str, float]:
    """The share of pictures (0..1) in which the measure finds what their scene of one thing says."""
    right = dict.fromkeys(("backdrop", "colour", "shape", "place"), 0)
    for scene, picture in zip(scenes, pictures, strict=True):
        reading, thing = read(picture), scene.things[0]
        right["backdrop"] += reading.backdrop == scene.backdrop.colour
        for name in ("colour", "shape", "place"):
            right[name] += bool(reading.things) and getattr(reading.things[0], name) == getattr(thing, name)
    return {name: count / len(scenes) for name, count in right.items()}


def captioned(pictures: NDArray[np.uint8], captions: list[str]) -> Image.Image:
    """The pictures in rows, each above its caption."""
    rows = -(-len(pictures) // _COLUMNS)
    sheet = Image.new("RGB", (_COLUMNS * _CELL[0], rows * _CELL[1]), "white")
    draw = ImageDraw.Draw(sheet)
    for n, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        x, y = n % _COLUMNS * _CELL[0], n // _COLUMNS * _CELL[1]
        sheet.paste(Image.fromarray(picture), (x + 2, y + 2))
        draw.multiline_text((x + 2, y + 131), _wrapped(caption), fill="black", font_size=8)
    return sheet


def _wrapped(caption: str, width: int = 30) -> str:
    return "\n".join(caption[n : n + width] for n in range(0, len(caption), width))
