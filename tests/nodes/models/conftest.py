"""The tiny models, opened once for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodes.models.checkpoint import Checkpoint, load_checkpoint
from nodes.models.lora import LoraFile, load_lora


@pytest.fixture(scope="session")
def sd1(tiny_models: Path) -> Checkpoint:
    return load_checkpoint(tiny_models / "models/checkpoints/sd15_tiny.safetensors")


@pytest.fixture(scope="session")
def sdxl(tiny_models: Path) -> Checkpoint:
    return load_checkpoint(tiny_models / "models/checkpoints/sdxl_tiny.safetensors")


@pytest.fixture(scope="session")
def lora(tiny_models: Path) -> LoraFile:
    return load_lora(tiny_models / "models/loras/sd15_tiny_lora.safetensors")
