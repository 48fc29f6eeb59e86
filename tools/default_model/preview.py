"""Trains the small decoder for previews, in the published layout of TAESD (https://github.com/madebyollin/taesd)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.vae import DecoderTiny
from torch import Tensor, nn
from torch.nn import functional as F

from nodes.sampling.latent_formats import SD1
from tools.default_model import vae as first_stage
from tools.default_model.loop import Recipe, Training, autocast, device
from tools.default_model.pictures import rendered
from tools.default_model.vae import crops, edges, packed

RECIPE = Recipe(steps=1500, plain=("layers.0.", "layers.18."))
_NOISE = 0.2


def new_preview() -> Any:
    """A decoder with fresh weights; it reads latents in model space and writes pictures in -1..1."""
    return DecoderTiny(
        in_channels=4,
        out_channels=3,
        num_blocks=(3, 3, 3, 1),
        block_out_channels=(64, 64, 64, 64),
        upsampling_scaling_factor=2,
        act_fn="relu",
        upsample_fn="nearest",
    )


def preview_tensors(decoder: Any) -> dict[str, Tensor]:
    """The published layout, in which layer 0 is the clamp that has no weights."""
    published = {}
    for name, tensor in decoder.state_dict().items():
        _, number, rest = name.split(".", 2)
        published[f"{int(number) + 1}.{rest}"] = tensor
    return published


@dataclass
class PreviewLoss:
    """The decoder's loss, from latents about as noisy as the predictions that previews show."""

    decoder: nn.Module
    vae: Any
    pictures: Any

    def __call__(self, step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        pixels = packed(crops(self.pictures, generator).to(device()))
        with autocast():
            with torch.no_grad():
                clean = SD1.process_in(self.vae.encode(pixels).latent_dist.mean.float())
            strength = torch.rand(len(clean), 1, 1, 1, generator=generator) * _NOISE
            noise = torch.randn(clean.shape, generator=generator) * strength
            difference = self.decoder(clean + noise.to(clean)).float() - pixels
        loss = F.smooth_l1_loss(difference, torch.zeros_like(difference), beta=0.1) + edges(difference)
        return loss, {"loss": loss.item()}


def train(folder: Path, vae: Any, minutes: float) -> Training:
    """Train the decoder for so many minutes, or to its recipe's end; goes on where an earlier run stopped."""
    torch.manual_seed(0)
    training = Training("preview", new_preview().to(device()), RECIPE, folder)
    if minutes and not training.finished:
        pictures = rendered(folder, first_stage.PICTURES, seed=1)
        training.run(PreviewLoss(training.module, vae, pictures), minutes, lambda _: None)
    return training
