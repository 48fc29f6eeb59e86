"""A tiny model, latents of two pictures, and their prompts."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

from nodes.guidance.hooks import encode_text
from nodes.models.checkpoint import load_checkpoint
from nodes.models.model import Model


class Studio(NamedTuple):
    """What a training needs."""

    model: Model
    latent: dict[str, Any]
    positive: list[Any]


@pytest.fixture(scope="module")
def studio(tiny_models: Path) -> Studio:
    loaded = load_checkpoint(tiny_models / "models/checkpoints/sd15_tiny.safetensors")
    generator = torch.Generator().manual_seed(3)
    prompts = [entry for text in ("a red circle", "a blue square") for entry in encode_text(loaded.clip, text)]
    return Studio(loaded.model, {"samples": torch.randn(2, 4, 8, 8, generator=generator)}, prompts)
