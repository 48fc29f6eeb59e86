"""The VAE's second stage: the encoder is finished, and the decoder learns to paint cleanly from inexact latents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nodes.sampling.latent_formats import SD1
from tools.default_model import vae as first_stage
from tools.default_model.export import read_vae
from tools.default_model.loop import Recipe, Training, autocast, device
from tools.default_model.pictures import rendered
from tools.default_model.vae import edges, packed, to_tensor
from tools.default_model.whiten import whiten

RECIPE = Recipe(steps=2000, matrix_rate=5e-3, plain=("conv_in", "conv_out", "post_quant_conv"))
_TYPICAL = 512
_BATCH, _LARGE_BATCH, _LARGE_SHARE = 8, 2, 0.1
_NOISE = 0.12  # in model space, where latents have a spread of 1


def encoder_path(folder: Path) -> Path:
    """Where the finished encoder is kept, since latents that were encoded must mean the same for ever."""
    return folder / "encoder.pt"


def adopt(folder: Path, shipped: Path) -> None:
    """Where nothing was trained yet, let the shipped VAE be the finished encoder, and its decoder the start."""
    if shipped.is_file() and not encoder_path(folder).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(read_vae(shipped).state_dict(), encoder_path(folder))


def finished_encoder(folder: Path) -> Any:
    """The first stage's averaged weights with whitened latents; its decoder is where this stage starts."""
    path = encoder_path(folder)
    vae = first_stage.new_vae().to(device())
    if path.is_file():
        vae.load_state_dict(torch.load(path, weights_only=True))
        return vae.eval()
    vae.load_state_dict(first_stage.train(folder, minutes=0).averaged.state_dict())
    whiten(vae, to_tensor(rendered(folder, first_stage.PICTURES, seed=1)[:_TYPICAL]).to(device()))
    torch.save(vae.state_dict(), path)
    return vae.eval()


def latest(folder: Path) -> Any:
    """The VAE with the best decoder so far; its encoder never changes."""
    return train(folder, minutes=0).averaged


@dataclass
class DecoderLoss:
    """The first stage's loss without its KL term, from latents with a random amount of noise."""

    vae: Any
    pictures: NDArray[Any]
    large: NDArray[Any]

    def __call__(self, step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        use_large = torch.rand((), generator=generator).item() < _LARGE_SHARE
        source, count = (self.large, _LARGE_BATCH) if use_large else (self.pictures, _BATCH)
        pixels = packed(to_tensor(source[torch.randint(len(source), (count,), generator=generator).numpy()]))
        pixels = pixels.to(device())
        with autocast():
            with torch.no_grad():
                mean = self.vae.encode(pixels).latent_dist.mean.float()
            strength = torch.rand(count, 1, 1, 1, generator=generator) * _NOISE / SD1.scale
            noise = torch.randn(mean.shape, generator=generator) * strength
            difference = self.vae.decode(mean + noise.to(mean)).sample.float() - pixels
        pixel, edge = difference.abs().mean() + (difference**2).mean(), edges(difference)
        return pixel + edge, {"pixel": pixel.item(), "edge": edge.item()}


def train(folder: Path, minutes: float) -> Training:
    """Train the decoder for so many minutes, or to its recipe's end; goes on where an earlier run stopped."""
    vae = finished_encoder(folder)
    frozen: tuple[nn.Module, ...] = (vae.encoder, vae.quant_conv)
    vae.requires_grad_(True)
    for module in frozen:
        module.requires_grad_(False)
    training = Training("decoder", vae, RECIPE, folder)
    if minutes and not training.finished:
        pictures = rendered(folder, first_stage.PICTURES, seed=1)
        large = rendered(folder, first_stage.LARGE_PICTURES, seed=2, size=256)
        training.run(DecoderLoss(training.module, pictures, large), minutes, first_stage.inspect)
    return training
