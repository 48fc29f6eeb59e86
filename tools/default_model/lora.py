"""Trains a style LoRA: the painter learns to draw things as outlines, in a file of a few hundred kilobytes.

Hu et al. 2021 (https://arxiv.org/abs/2106.09685), on the projections of the UNet's attention, its feed-forwards and
the convolutions of its residual blocks. Attention alone, at half the resolution, made outlines of circles only.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from tools.default_model.diffusion import Painter, VelocityLoss
from tools.default_model.latents import Collection
from tools.default_model.loop import Recipe, Training, device

RANK = 8
RECIPE = Recipe(steps=1600, rate=4e-3, plain=("",), warmup=20, weight_decay=0.0)


class LowRank(nn.Module):
    """A matrix or a kernel [out, in, ...] plus up @ down, a kernel's taps counted among its inputs."""

    def __init__(self, shape: torch.Size):
        super().__init__()
        rows, *columns = shape
        taps = math.prod(columns[1:])
        self.down = nn.Parameter(torch.randn(RANK, *columns) / RANK / math.sqrt(taps))
        self.up = nn.Parameter(torch.zeros(rows, RANK, *(1 for _ in columns[1:])))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + (self.up.flatten(1) @ self.down.flatten(1)).view_as(weight)


class StyledPainter(nn.Module):
    """A frozen painter with trainable low-rank changes; only those are its parameters."""

    def __init__(self, painter: Painter) -> None:
        super().__init__()
        self._painter = [painter.requires_grad_(False)]  # in a list, so that its weights are not this module's
        self.changes = nn.ModuleDict()
        for name, layer in styled_layers(painter.unet):
            self.changes[name.replace(".", "/")] = LowRank(layer.weight.shape)

    def forward(self, noisy: Tensor, timesteps: Tensor, rows: Tensor) -> Tensor:
        unet: Any = self._painter[0].unet
        changed = {
            f"{name}.weight": change(unet.get_parameter(f"{name}.weight")) for name, change in self.named_changes()
        }
        states = self._painter[0].text(rows)
        velocity: Tensor = torch.func.functional_call(unet, changed, (noisy, timesteps, states)).sample
        return velocity

    def named_changes(self) -> list[tuple[str, LowRank]]:
        changes = cast("dict[str, LowRank]", dict(self.changes.items()))
        return [(name.replace("/", "."), change) for name, change in changes.items()]

    def tensors(self) -> dict[str, Tensor]:
        """In the layout that the field's trainers write: a `lora_down`, a `lora_up` and an `alpha` for each layer."""
        published: dict[str, Tensor] = {}
        for name, change in self.named_changes():
            flat = f"lora_unet_{name.replace('.', '_')}"
            published[f"{flat}.lora_down.weight"] = change.down.detach()
            published[f"{flat}.lora_up.weight"] = change.up.detach()
            published[f"{flat}.alpha"] = torch.tensor(float(RANK))
        return published


def styled_layers(unet: Any) -> list[tuple[str, nn.Linear | nn.Conv2d]]:
    """By name, the linear layers of the UNet's transformer blocks and the convolutions of its residual blocks."""
    return [
        (name, layer)
        for name, layer in unet.named_modules()
        if (".transformer_blocks." in name and isinstance(layer, nn.Linear))
        or (".resnets." in name and isinstance(layer, nn.Conv2d))
    ]


def train(folder: Path, painter: Painter, vae: Any, minutes: float) -> Training:
    """Train the style for so many minutes, or to its recipe's end; goes on where an earlier run stopped."""
    torch.manual_seed(0)
    training = Training("lora", StyledPainter(painter).to(device()), RECIPE, folder)
    if minutes and not training.finished:
        loss = VelocityLoss(training.module, Collection(folder, vae, outlined=True), lambda _: 0.0)
        training.run(loss, minutes, lambda _: None)
    return training
