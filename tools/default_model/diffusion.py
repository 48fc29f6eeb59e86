"""Trains the text encoder and the UNet together: noise prediction in the VAE's latents (Rombach et al. 2022)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from numpy.typing import NDArray
from torch import Tensor, nn

from nodes.sampling.model_sampling import discrete
from tools.default_model.captions import random_caption
from tools.default_model.latents import Collection
from tools.default_model.loop import Recipe, Training, autocast, device
from tools.default_model.scenes import Scene
from tools.default_model.sheet import inspect_painter
from tools.default_model.text import WIDTH, TextModel, token_rows

CHANNELS = (64, 128, 128)
HEADS = 8  # what a checkpoint of this family has at every level
RECIPE = Recipe(steps=6000, matrix_rate=2e-2, plain=("conv_in", "conv_out", "embeddings", "time_embedding"), ema=0.999)
_BATCH = 24
_DROPPED_CAPTIONS = 0.12
_HEAVIEST = 12.0


class Painter(nn.Module):
    """Text encoder and UNet."""

    def __init__(self) -> None:
        super().__init__()
        self.text = TextModel()
        self.unet: Any = new_unet()

    def forward(self, noisy: Tensor, timesteps: Tensor, rows: Tensor) -> Tensor:
        """The noise in `noisy` [B,4,h,w] (scaled to variance 1) at timesteps [B], given captions' rows [B,77]."""
        noise: Tensor = self.unet(noisy, timesteps, self.text(rows)).sample
        return noise


def new_unet() -> Any:
    """A UNet of Stable Diffusion 1's construction, with cross-attention at half the resolution and in the middle.

    Attention at the full resolution would more than double the cost of a step.
    """
    unet = UNet2DConditionModel(
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        block_out_channels=CHANNELS,
        layers_per_block=1,
        cross_attention_dim=WIDTH,
        attention_head_dim=HEADS,
    )
    if device().type == "cpu":
        # On processors the fused attention's backward pass takes longer than all the rest of a step.
        unet.set_attn_processor(AttnProcessor())
    return unet


class Noisy(NamedTuple):
    """One batch: latents [B,4,h,w] scaled to variance 1, the noise in them, how noisy they are and what they show."""

    latents: Tensor
    noise: Tensor
    sigma: Tensor
    timesteps: Tensor
    rows: Tensor
    scenes: list[Scene]


@dataclass
class NoiseLoss:
    """The weighted squared error of the predicted noise, on random latents with fresh captions."""

    painter: nn.Module
    data: Callable[[int], tuple[NDArray[np.float16], Sequence[Scene]]]

    def __post_init__(self) -> None:
        self.sigmas = discrete("eps").sigmas

    def __call__(self, step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        noisy = self.noised(step, generator)
        with autocast():
            predicted = self.painter(noisy.latents, noisy.timesteps, noisy.rows)
        return noise_error(predicted.float(), noisy)

    def noised(self, step: int, generator: torch.Generator) -> Noisy:
        """Random latents with random noise; some captions are empty, so that guidance works."""
        stored, scenes = self.data(step)
        chosen = torch.randint(len(stored), (_BATCH,), generator=generator).tolist()
        clean = torch.from_numpy(stored[chosen]).float()
        rng = random.Random(step)
        captions = ["" if rng.random() < _DROPPED_CAPTIONS else random_caption(scenes[n], rng) for n in chosen]
        timesteps = torch.randint(len(self.sigmas), (_BATCH,), generator=generator)
        noise = torch.randn(clean.shape, generator=generator)
        sigma = self.sigmas[timesteps].reshape(-1, 1, 1, 1)
        latents, rows, place = (clean + noise * sigma) / (1 + sigma**2).sqrt(), token_rows(captions), device()
        levels = sigma.flatten().to(place), timesteps.to(place)
        return Noisy(latents.to(place), noise.to(place), *levels, rows.to(place), [scenes[n] for n in chosen])


def noise_error(predicted: Tensor, noisy: Noisy) -> tuple[Tensor, dict[str, float]]:
    """The loss of a predicted noise, and what to report.

    sigma^2 + 1 weighs errors of the clean latent alike at every noise level (Karras et al. 2022). The highest levels,
    where the text decides colours and places, would outweigh all others, so the weight ends somewhere.
    """
    error = ((predicted - noisy.noise) ** 2).mean(dim=(1, 2, 3))
    loss = (error * (1 + noisy.sigma**2).clamp(max=_HEAVIEST)).mean()
    return loss, {"loss": loss.item(), "noise": error.mean().item()}


def train(folder: Path, vae: Any, minutes: float) -> Training:
    """Train the painter for so many minutes, or to its recipe's end; goes on where an earlier run stopped."""
    torch.manual_seed(0)
    training = Training("painter", Painter().to(device()), RECIPE, folder)
    if minutes and not training.finished:
        loss = NoiseLoss(training.module, Collection(folder, vae))
        training.run(loss, minutes, lambda now: inspect_painter(now, vae))
    return training
