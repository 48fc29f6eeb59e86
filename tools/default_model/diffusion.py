"""Trains the text encoder and the UNet together, in the VAE's latents (Rombach et al. 2022).

The UNet predicts velocity (Salimans & Ho 2022). Of almost pure noise, a network that predicts the noise has to repeat
its input to within a few hundredths before the text shows in the result, and backdrops and places, which are settled
there, were not learned in 1,700 steps; with velocity it says outright what the text calls for.
"""

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
from tools.default_model import reader
from tools.default_model.captions import full_caption, random_caption
from tools.default_model.draw import CENTRES, RADII, SIZE
from tools.default_model.export import read_checkpoint
from tools.default_model.latents import Collection, Large
from tools.default_model.loop import Recipe, Training, autocast, device
from tools.default_model.scenes import Scene, Shapes
from tools.default_model.sheet import inspect_painter
from tools.default_model.text import WIDTH, TextModel, token_rows

SAMPLING = discrete("v_prediction")
CHANNELS = (64, 128, 128)
HEADS = 8  # what a checkpoint of this family has at every level
RECIPE = Recipe(steps=8200, matrix_rate=2e-2, plain=("conv_in", "conv_out", "embeddings", "time_embedding"), ema=0.998)
_BATCH = 24  # pictures of 128 pixels
# One step in so many teaches pictures of twice the size, so that a hires fix stays whole: what it repaints is never
# quite hidden, hence the share of the timesteps.
_LARGE_EVERY, _LARGE_SHARE = 4, 0.65
_DROPPED_CAPTIONS = 0.12
_NOISY = 2.0  # how much rarer little noise is than much: one timestep in six is below 400, three in four above 500
# Whatever noise leaves to be seen need not be learned from the caption, and things are seen until nearly all is noise.
# So training begins with captions that say everything, mostly under the noise of the last timesteps.
_LESSONS, _LESSONS_FADE = 2200, 1000  # steps
_BLIND, _BLIND_SHARE = 0.7, 0.7  # where the last timesteps begin, and how much of the lessons they are
_THING_SHARE = 0.8  # of the loss's weight, though things cover a tenth of a picture


# step -> latents in model space [N,4,h,w] and the scenes that they show
Latents = Callable[[int], tuple[NDArray[np.float16], Sequence[Scene]]]


class Painter(nn.Module):
    """Text encoder and UNet."""

    def __init__(self) -> None:
        super().__init__()
        self.text = TextModel()
        self.unet: Any = new_unet()

    def forward(self, noisy: Tensor, timesteps: Tensor, rows: Tensor) -> Tensor:
        """The velocity at `noisy` [B,4,h,w] (scaled to variance 1) and timesteps [B], given captions' rows [B,77]."""
        velocity: Tensor = self.unet(noisy, timesteps, self.text(rows)).sample
        return velocity


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
    """One batch: latents [B,4,h,w] scaled to variance 1, their velocity, how noisy they are and what they show.

    `weights` [B,1,h,w], 1 in the mean, say how much each cell's error counts.
    """

    latents: Tensor
    velocity: Tensor
    timesteps: Tensor
    rows: Tensor
    scenes: list[Scene]
    weights: Tensor


@dataclass
class VelocityLoss:
    """The squared error of the predicted velocity, on random latents with fresh captions.

    `lessons` gives the share (0..1) of a step's batch that teaches what words look like, `dropped` the share of
    captions that are left out, so that guidance works. `large` has pictures of twice the size, for some of the steps.
    """

    painter: nn.Module
    data: Latents
    lessons: Callable[[int], float]
    dropped: float = _DROPPED_CAPTIONS
    large: Latents | None = None

    def __post_init__(self) -> None:
        self.sigmas = SAMPLING.sigmas

    def __call__(self, step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        noisy = self.noised(step, generator)
        with autocast():
            predicted = self.painter(noisy.latents, noisy.timesteps, noisy.rows)
        return velocity_error(predicted.float(), noisy)

    def noised(self, step: int, generator: torch.Generator) -> Noisy:
        """Random latents with random noise, and their captions."""
        large = self.large if step % _LARGE_EVERY == _LARGE_EVERY - 1 else None
        stored, scenes = (large or self.data)(step)
        count = _BATCH // 4 if large else _BATCH
        chosen = torch.randint(len(stored), (count,), generator=generator).tolist()
        clean = torch.from_numpy(stored[chosen]).float()
        rng, lessons = random.Random(step), self.lessons(step)
        captions = ["" if rng.random() < self.dropped else _caption(scenes[n], rng, lessons) for n in chosen]
        timesteps = self._timesteps(count, lessons, _LARGE_SHARE if large else 1.0, generator)
        noise = torch.randn(clean.shape, generator=generator)
        sigma = self.sigmas[timesteps].reshape(-1, 1, 1, 1)
        scale, place = (1 + sigma**2).rsqrt(), device()
        latents, velocity = (clean + noise * sigma) * scale, (noise - clean * sigma) * scale
        rows = token_rows(captions).to(place)
        shown = [scenes[n] for n in chosen]
        weights = emphasis(shown, clean.shape[-1]).to(place)
        return Noisy(latents.to(place), velocity.to(place), timesteps.to(place), rows, shown, weights)

    def _timesteps(self, count: int, lessons: float, share: float, generator: torch.Generator) -> Tensor:
        """`count` timesteps among the first `share` (0..1) of all."""
        uniform, last = torch.rand(count, generator=generator), torch.rand(count, generator=generator)
        blind = torch.rand(count, generator=generator) < _BLIND_SHARE * lessons
        places = torch.where(blind, _BLIND + (1 - _BLIND) * last, uniform ** (1 / _NOISY))
        return (places * share * len(self.sigmas)).long().clamp(max=len(self.sigmas) - 1)


def lesson_share(step: int) -> float:
    """How much of a step's batch (0..1) teaches the painter what words look like; none at the end of its training."""
    return min(1.0, max(0.0, 1 - (step - _LESSONS) / _LESSONS_FADE))


def _caption(scene: Scene, rng: random.Random, lessons: float) -> str:
    if isinstance(scene, Shapes) and rng.random() < lessons:
        return full_caption(scene, rng)
    return random_caption(scene, rng)


def emphasis(scenes: Sequence[Scene], cells: int) -> Tensor:
    """How much each cell's error counts [B,1,cells,cells], 1 in the mean: things more than all that is behind them.

    Captions say where things are, so these weights favour no picture above another that the caption allows.
    """
    weights = torch.ones(len(scenes), 1, cells, cells)
    cell = SIZE / cells
    for own, scene in zip(weights[:, 0], scenes, strict=True):
        there = torch.zeros(cells, cells, dtype=torch.bool)
        for thing in scene.things if isinstance(scene, Shapes) else ():
            x, y = CENTRES[thing.place]
            reach = RADII[thing.size] * 1.25 + cell / 2
            columns, rows = (slice(int((at - reach) / cell), int((at + reach) / cell) + 1) for at in (x, y))
            there[rows, columns] = True
        if there.any():
            own[there] = _THING_SHARE * cells**2 / int(there.sum())
            own[~there] = (1 - _THING_SHARE) * cells**2 / int((~there).sum())
    return weights


def velocity_error(predicted: Tensor, noisy: Noisy) -> tuple[Tensor, dict[str, float]]:
    """The loss of a predicted velocity, and what to report."""
    loss = ((predicted - noisy.velocity) ** 2 * noisy.weights).mean()
    return loss, {"loss": loss.item()}


def adopt(folder: Path, shipped: Path) -> None:
    """Where nothing was trained yet, go on from the checkpoint that ships."""
    training = Training("painter", Painter().to(device()), RECIPE, folder)
    if training.step == 0 and shipped.is_file():
        training.adopt(read_checkpoint(training.module, shipped))


def train(folder: Path, vae: Any, minutes: float) -> Training:
    """Train the painter for so many minutes, or to its recipe's end; goes on where an earlier run stopped."""
    torch.manual_seed(0)
    training = Training("painter", Painter().to(device()), RECIPE, folder)
    if training.step == 0:
        training.start_from(reader.train(folder, minutes=0).averaged)
    if minutes and not training.finished:
        loss = VelocityLoss(training.module, Collection(folder, vae), lesson_share, large=Large(folder, vae))
        training.run(loss, minutes, lambda now: inspect_painter(now, vae))
    return training
