"""Trains the text encoder and the UNet together: noise prediction in the VAE's latents (Rombach et al. 2022)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from numpy.typing import NDArray
from torch import Tensor, nn

from nodes.sampling.model_sampling import discrete
from tools.default_model.captions import random_caption
from tools.default_model.latents import chunk_latents, chunk_scenes
from tools.default_model.loop import Recipe, Training, autocast, device
from tools.default_model.scenes import Scene
from tools.default_model.sheet import inspect_painter
from tools.default_model.text import WIDTH, TextModel, token_rows

CHANNELS = (64, 128, 128)
HEADS = 8  # what a checkpoint of this family has at every level
RECIPE = Recipe(steps=20_000, plain=("conv_in", "conv_out", "embeddings", "time_embedding"), ema=0.999)
CHUNKS = 6
_BATCH = 32
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
    """A UNet of Stable Diffusion 1's construction: cross-attention at all levels but the deepest, and in the middle."""
    return UNet2DConditionModel(
        in_channels=4,
        out_channels=4,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        block_out_channels=CHANNELS,
        layers_per_block=1,
        cross_attention_dim=WIDTH,
        attention_head_dim=HEADS,
    )


@dataclass
class NoiseLoss:
    """The weighted squared error of the predicted noise, on random latents with fresh captions."""

    painter: Painter
    latents: NDArray[np.float16]
    scenes: Sequence[Scene]

    def __post_init__(self) -> None:
        self.sigmas = discrete("eps").sigmas

    def __call__(self, step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        clean, captions = self.batch(step, generator)
        timesteps = torch.randint(len(self.sigmas), (len(clean),), generator=generator)
        noise = torch.randn(clean.shape, generator=generator)
        sigma = self.sigmas[timesteps].reshape(-1, 1, 1, 1)
        noisy = (clean + noise * sigma) / (1 + sigma**2).sqrt()
        rows = token_rows(captions)
        with autocast():
            predicted = self.painter(noisy.to(device()), timesteps.to(device()), rows.to(device())).float()
        error = ((predicted - noise.to(device())) ** 2).mean(dim=(1, 2, 3))
        # sigma^2 + 1 weighs errors of the clean latent alike at every noise level (Karras et al. 2022); the highest
        # levels, where the text decides colours and places, are worth more than their errors in noise say.
        loss = (error * (1 + sigma.flatten().to(device()) ** 2).clamp(max=_HEAVIEST)).mean()
        return loss, {"loss": loss.item(), "noise": error.mean().item()}

    def batch(self, step: int, generator: torch.Generator) -> tuple[Tensor, list[str]]:
        """Latents [B,4,16,16] in model space and their captions, some of them empty so that guidance works."""
        chosen = torch.randint(len(self.latents), (_BATCH,), generator=generator).tolist()
        rng = random.Random(step)
        captions = ["" if rng.random() < _DROPPED_CAPTIONS else random_caption(self.scenes[n], rng) for n in chosen]
        return torch.from_numpy(self.latents[chosen]).float(), captions


def train(folder: Path, vae: Any, minutes: float) -> Training:
    """Train the painter for so many minutes, or to its recipe's end; goes on where an earlier run stopped."""
    torch.manual_seed(0)
    training = Training("painter", Painter().to(device()), RECIPE, folder)
    if not training.finished:
        latents = np.concatenate([chunk_latents(folder, vae, number) for number in range(CHUNKS)])
        scenes = [scene for number in range(CHUNKS) for scene in chunk_scenes(number)]
        loss = NoiseLoss(training.module, latents, scenes)  # type: ignore[arg-type]
        training.run(loss, minutes, lambda now: inspect_painter(now, vae), inspect_every=500)
    return training
