"""TAESD: a decoder small enough for previews (https://github.com/madebyollin/taesd)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from graphcore.errors import ModelError
from nodes.models.reader import WeightsFile, named
from nodes.models.unet import construct

WIDTH = 64
_PREFIXES = ("decoder.layers.", "decoder.", "taesd_decoder.")
_NUMBERED = re.compile(r"(\d+)\.(.+)")


class Block(nn.Module):
    """Three convolutions beside a short cut."""

    def __init__(self, width: int):
        super().__init__()
        convs = [nn.Conv2d(width, width, 3, padding=1) for _ in range(3)]
        self.conv = nn.Sequential(convs[0], nn.ReLU(), convs[1], nn.ReLU(), convs[2])

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = (self.conv(x) + x).relu()
        return out


class Decoder(nn.Module):
    """Latents [B,C,h,w] in model space to pictures [B,3,8h,8w] in 0..1."""

    def __init__(self, channels: int):
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(channels, WIDTH, 3, padding=1), nn.ReLU()]
        for _ in range(3):
            layers += [*(Block(WIDTH) for _ in range(3)), nn.Upsample(scale_factor=2)]
            layers.append(nn.Conv2d(WIDTH, WIDTH, 3, padding=1, bias=False))
        self.layers = nn.Sequential(*layers, Block(WIDTH), nn.Conv2d(WIDTH, 3, 3, padding=1))

    def forward(self, latent: Tensor) -> Tensor:
        out: Tensor = self.layers((latent / 3).tanh() * 3)
        return out


@dataclass(frozen=True, eq=False)
class Taesd:
    """A decoder that is ready."""

    module: Decoder

    @torch.no_grad()
    def decode(self, latent: Tensor) -> Tensor:
        """A picture [B,3,H,W] in 0..1 of a latent [B,C,h,w] in model space; the sides are 8 times as long."""
        weight = next(self.module.parameters())
        if weight.device != latent.device:
            self.module.to(latent.device)
        decoded: Tensor = self.module(latent.float())
        return decoded.clamp(0, 1)


def load_taesd(path: str | os.PathLike[str]) -> Taesd:
    """Open a decoder in its author's layout or diffusers'. ModelError if the file is damaged or of another kind."""
    file = WeightsFile(path)
    with named(file.path):
        weights = {f"layers.{name}": tensor.float() for name, tensor in _in_diffusers_numbers(file).items()}
        if "layers.0.weight" not in weights:
            raise ModelError(
                "This is no TAESD decoder. Fetch taesd_decoder.safetensors, or that of the model's family."
            )
        channels = weights["layers.0.weight"].shape[1]
        return Taesd(construct(lambda: Decoder(channels), weights, "TAESD decoder"))


def _in_diffusers_numbers(file: WeightsFile) -> dict[str, Tensor]:
    """The decoder's tensors by diffusers' layer numbers, from 0; the author's count the clamp before them, too."""
    prefix = next((p for p in _PREFIXES if any(name.startswith(p) for name in file)), "")
    own = {name.removeprefix(prefix): name for name in file if name.startswith(prefix)}
    numbers = [int(match[1]) for name in own if (match := _NUMBERED.fullmatch(name))]
    shift = min(numbers, default=0)
    return {
        f"{int(match[1]) - shift}.{match[2]}": file[there]
        for name, there in own.items()
        if (match := _NUMBERED.fullmatch(name))
    }
