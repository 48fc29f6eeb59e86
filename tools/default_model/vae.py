"""Trains the VAE: eight pixels to a latent cell, four channels, latent diffusion's construction at a quarter width.

Rombach et al. 2022 (https://arxiv.org/abs/2112.10752), without the adversarial and perceptual losses: pictures of flat
shapes want sharp edges and right colours, which the differences between neighbours and the pixels themselves measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from tools.default_model.loop import Recipe, Training, autocast, device
from tools.default_model.pictures import held_out_pictures, rendered

CHANNELS = (32, 64, 64, 96)
# Thirty-two groups, the habit, would normalise every map of the widest level by itself and so lose its mean colour.
GROUPS = 8
RECIPE = Recipe(steps=2600, plain=("conv_in", "decoder.conv_out", "quant_conv"))
_CROP_STEPS, _CROP, _CANDIDATES = 2350, 64, 4
PICTURES, LARGE_PICTURES = 16_000, 800
_BATCH, _LARGE_BATCH = 8, 2
_KL = 5e-4
_CERTAINTY = 6.0
_EDGES = 1.0
_LARGE_SHARE, _SHRINK_SHARE = 0.1, 0.15


def new_vae() -> Any:
    """A VAE with fresh weights; at first it is certain of its latents, as noise would hide what little they say."""
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * len(CHANNELS),
        up_block_types=("UpDecoderBlock2D",) * len(CHANNELS),
        block_out_channels=CHANNELS,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=GROUPS,
    )
    with torch.no_grad():
        vae.quant_conv.bias[4:] -= _CERTAINTY
    return vae


def to_tensor(pictures: NDArray[Any]) -> Tensor:
    """uint8 [B,H,W,3] as [B,3,H,W] in -1..1."""
    return torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


def to_pictures(tensor: Tensor) -> NDArray[np.uint8]:
    """[B,3,H,W] in -1..1 as uint8 [B,H,W,3]."""
    return ((tensor.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()


def psnr(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Mean over pictures [B,H,W,3] (0..255) of the peak signal-to-noise ratio, in dB."""
    squared = ((first.astype(float) - second.astype(float)) ** 2).mean(axis=(1, 2, 3))
    return float((10 * np.log10(255**2 / np.maximum(squared, 1e-3))).mean())


@dataclass
class VaeLoss:
    """The loss on random batches of the rendered pictures."""

    vae: Any
    pictures: NDArray[Any]
    large: NDArray[Any]

    def __call__(self, step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        pixels = packed(self._batch(step, generator).to(device()))
        with autocast():
            posterior = self.vae.encode(pixels).latent_dist
            mean, logvar = posterior.mean.float(), posterior.logvar.float()
            noise = torch.randn(mean.shape, generator=generator).to(mean)
            latent, target = map(packed, moved(mean + noise * (logvar / 2).exp(), pixels, generator))
            decoded = self.vae.decode(latent).sample.float()
        difference = decoded - target
        pixel, edge = difference.abs().mean() + (difference**2).mean(), edges(difference)
        kl = 0.5 * (mean**2 + logvar.exp() - 1 - logvar).mean()
        return pixel + _EDGES * edge + _KL * kl, {"pixel": pixel.item(), "edge": edge.item(), "kl": kl.item()}

    def _batch(self, step: int, generator: torch.Generator) -> Tensor:
        if step < _CROP_STEPS:
            return _recoloured(crops(self.pictures, generator), generator)
        use_large = torch.rand((), generator=generator).item() < _LARGE_SHARE
        source, count = (self.large, _LARGE_BATCH) if use_large else (self.pictures, _BATCH)
        chosen = torch.randint(len(source), (count,), generator=generator)
        return _recoloured(to_tensor(source[chosen.numpy()]), generator)


def crops(pictures: NDArray[Any], generator: torch.Generator) -> Tensor:
    """Parts of pictures: a quarter of the cost, and as good to learn from, since they are where the things are."""
    chosen = torch.randint(len(pictures), (_BATCH,), generator=generator).tolist()
    room = pictures.shape[1] - _CROP + 1
    places = torch.randint(room, (_BATCH, _CANDIDATES, 2), generator=generator).tolist()
    return to_tensor(np.stack([_busiest(pictures[n], own) for n, own in zip(chosen, places, strict=True)]))


def _busiest(picture: NDArray[Any], places: list[list[int]]) -> NDArray[Any]:
    """Of the parts at these places, the one with the largest spread of values: backdrops are soon learned."""
    parts = [picture[top : top + _CROP, left : left + _CROP] for top, left in places]
    return max(parts, key=lambda part: float(part.std()))


def _recoloured(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """One picture in four with its colour channels exchanged and one in eight turned negative: more colours to know."""
    for n in range(len(pixels)):
        first, second = torch.rand(2, generator=generator).tolist()
        if first < 0.25:
            pixels[n] = pixels[n, torch.randperm(3, generator=generator)]
        if second < 0.125:
            pixels[n] = -pixels[n]
    return pixels


def moved(latent: Tensor, pixels: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Latents mirrored, turned or shrunk, and the pictures that they should then decode to.

    Latents that move as their pictures do are smoother, and a diffusion model learns them faster (Kouzelis et al. 2025,
    https://arxiv.org/abs/2502.09509).
    """
    if torch.rand((), generator=generator).item() < _SHRINK_SHARE:
        cells = latent.shape[-1] * int(torch.randint(2, 4, (), generator=generator)) // 4
        small = F.interpolate(latent, (cells, cells), mode="bilinear", antialias=True)
        return small, F.interpolate(pixels, (cells * 8, cells * 8), mode="area")
    turns, mirrored = int(torch.randint(4, (), generator=generator)), torch.rand((), generator=generator).item() < 0.5
    pair = [torch.rot90(tensor, turns, (-2, -1)) for tensor in (latent, pixels)]
    return (pair[0].flip(-1), pair[1].flip(-1)) if mirrored else (pair[0], pair[1])


def packed(pixels: Tensor) -> Tensor:
    """In the memory order that convolutions like best; a turned picture's own order costs them four times as long."""
    return pixels.contiguous(memory_format=torch.channels_last)


def edges(difference: Tensor) -> Tensor:
    """Mean absolute error of the differences between neighbouring pixels."""
    return difference.diff(dim=-1).abs().mean() + difference.diff(dim=-2).abs().mean()


@torch.no_grad()
def reconstruct(vae: Any, pictures: NDArray[Any], batch: int = 16) -> NDArray[np.uint8]:
    """Pictures after encoding and decoding."""
    parts = [to_tensor(pictures[n : n + batch]).to(device()) for n in range(0, len(pictures), batch)]
    return np.concatenate([to_pictures(vae.decode(vae.encode(part).latent_dist.mean).sample) for part in parts])


def train(folder: Path, minutes: float) -> Training:
    """Train the VAE for so many minutes, or to its recipe's end; goes on where an earlier run stopped."""
    torch.manual_seed(0)
    training = Training("vae", new_vae().to(device()), RECIPE, folder)
    if minutes and not training.finished:
        pictures = rendered(folder, PICTURES, seed=1)
        large = rendered(folder, LARGE_PICTURES, seed=2, size=256)
        training.run(VaeLoss(training.module, pictures, large), minutes, inspect)
    return training


def inspect(training: Training) -> None:
    """Print the PSNR on pictures never trained on, and keep a sheet of originals above reconstructions."""
    truth = held_out_pictures(32)
    seen = reconstruct(training.averaged, truth)
    print(f"{training.name} {training.step}: {psnr(truth, seen):.2f} dB on held-out pictures", flush=True)
    rows = [np.concatenate(list(part[n : n + 8]), axis=1) for n in (0, 8) for part in (truth, seen)]
    Image.fromarray(np.concatenate(rows)).save(training.folder / f"{training.name}.png")
