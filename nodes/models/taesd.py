"""TAESD: a decoder small enough for previews (https://github.com/madebyollin/taesd), by diffusers' modules."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from graphcore.errors import ModelError
from nodes.models.reader import WeightsFile, named
from nodes.models.unet import construct

_PREFIXES = ("decoder.layers.", "decoder.", "taesd_decoder.")
_NUMBERED = re.compile(r"(\d+)\.(.+)")


@dataclass(frozen=True, eq=False)
class Taesd:
    """`module` is diffusers' DecoderTiny."""

    module: Any

    @torch.no_grad()
    def decode(self, latent: Tensor) -> Tensor:
        """A picture [B,3,H,W] in 0..1 of a latent [B,C,h,w] in model space; the sides are 8 times as long."""
        weight = next(self.module.parameters())
        if weight.device != latent.device:
            self.module.to(latent.device)
        decoded: Tensor = self.module(latent.float())
        return ((decoded + 1) / 2).clamp(0, 1)


def load_taesd(path: str | os.PathLike[str]) -> Taesd:
    """Open a decoder in its author's layout or diffusers'. ModelError if the file is damaged or of another kind."""
    from diffusers.models.autoencoders.vae import DecoderTiny

    file = WeightsFile(path)
    with named(file.path):
        weights = {f"layers.{name}": tensor.float() for name, tensor in _in_diffusers_numbers(file).items()}
        if "layers.0.weight" not in weights:
            raise ModelError(
                "This is no TAESD decoder. Fetch taesd_decoder.safetensors, or that of the model's family."
            )
        channels = weights["layers.0.weight"].shape[1]

        def make() -> Any:
            blocks, widths = (3, 3, 3, 1), (64, 64, 64, 64)
            return DecoderTiny(channels, 3, blocks, widths, 2, "relu", "nearest")

        return Taesd(construct(make, weights, "TAESD decoder"))


def _in_diffusers_numbers(file: WeightsFile) -> dict[str, Tensor]:
    """The decoder's tensors by diffusers' layer numbers; the author's count the clamp before them, too."""
    prefix = next((p for p in _PREFIXES if any(name.startswith(p) for name in file)), "")
    own = {name.removeprefix(prefix): name for name in file if name.startswith(prefix)}
    numbers = [int(match[1]) for name in own if (match := _NUMBERED.fullmatch(name))]
    shift = min(numbers, default=0)
    return {
        f"{int(match[1]) - shift}.{match[2]}": file[there]
        for name, there in own.items()
        if (match := _NUMBERED.fullmatch(name))
    }
