"""Trains a ControlNet on edges: a copy of the UNet's encoder that learns to follow them (Zhang et al. 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import ControlNetModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor, nn

from nodes.imaging.canny import canny_edges
from tools.default_model.diffusion import Painter, VelocityLoss, velocity_error
from tools.default_model.draw import render
from tools.default_model.latents import Collection
from tools.default_model.loop import Recipe, Training, autocast, device
from tools.default_model.scenes import Scene

RECIPE = Recipe(steps=1600, matrix_rate=1e-2, plain=("conv_in", "controlnet_", "time_embedding"))
LOW, HIGH = 0.1, 0.3  # thresholds of the edges
HINT_WIDTHS = (16, 32, 48, 64)
# Without caption and under noise only the edges tell what is there (Zhang et al. drop half of the captions too).
_DROPPED_CAPTIONS, _LESSONS = 0.5, 0.5


def new_control(unet: Any) -> Any:
    """A ControlNet that begins as the UNet's encoder and changes nothing."""
    control = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=HINT_WIDTHS)
    if device().type == "cpu":
        control.set_attn_processor(AttnProcessor())
    return control


def edges_of(scenes: list[Scene]) -> Tensor:
    """What the Canny node makes of the scenes' pictures, [B,3,128,128] in 0..1."""
    pictures = torch.from_numpy(np.stack([render(scene) for scene in scenes])).float() / 255
    return canny_edges(pictures, LOW, HIGH).movedim(-1, 1)


@dataclass
class ControlLoss:
    """The painter's own loss with the control's residuals added in; the painter stays as it is."""

    control: nn.Module
    painter: Painter
    data: VelocityLoss

    def __call__(self, step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        noisy = self.data.noised(step, generator)
        hint = edges_of(noisy.scenes).to(device())
        with autocast():
            states = self.painter.text(noisy.rows)
            down, middle = self.control(noisy.latents, noisy.timesteps, states, hint, return_dict=False)
            predicted = self.painter.unet(
                noisy.latents,
                noisy.timesteps,
                states,
                down_block_additional_residuals=down,
                mid_block_additional_residual=middle,
            ).sample
        return velocity_error(predicted.float(), noisy)


def train(folder: Path, painter: Painter, vae: Any, minutes: float) -> Training:
    """Train the control for so many minutes, or to its recipe's end; goes on where an earlier run stopped."""
    torch.manual_seed(0)
    painter.requires_grad_(False)
    training = Training("control", new_control(painter.unet).to(device()), RECIPE, folder)
    if minutes and not training.finished:
        data = VelocityLoss(painter, Collection(folder, vae), lambda _: _LESSONS, _DROPPED_CAPTIONS)
        loss = ControlLoss(training.module, painter, data)
        training.run(loss, minutes, lambda _: None)
    return training
