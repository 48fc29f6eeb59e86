"""A result that is not a number is blamed on the file that made it so."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch

from graphcore import ModelError, Run
from nodes.guidance.conditioning import Conditioning
from nodes.guidance.control import apply_to_pair
from nodes.guidance.ksampler import ksampler
from nodes.models.checkpoint import load_checkpoint
from nodes.models.controlnet import load_controlnet
from nodes.models.model import Model
from tests.nodes.models.test_soundness import damaged

LATENT = {"samples": torch.zeros(1, 4, 8, 8)}


def sampled(model: Model, positive: Conditioning, scheduler: str = "normal", steps: int = 1) -> torch.Tensor:
    settings = {"seed": 1, "steps": steps, "cfg": 2.0, "sampler_name": "euler", "scheduler": scheduler, "denoise": 1.0}
    return ksampler(model, positive, positive, LATENT, run=Run.silent(), **settings)["samples"]  # type: ignore[arg-type]


def prompt(value: float = 0.1) -> Conditioning:
    return [[torch.full((1, 77, 64), value), {"pooled_output": None}]]


@pytest.fixture
def model(tiny_models: Path) -> Model:
    return load_checkpoint(tiny_models / "models/checkpoints/sd15_tiny.safetensors").model


def test_the_models_file_is_named(tiny_models: Path, tmp_path: Path) -> None:
    source = tiny_models / "models/checkpoints/sd15_tiny.safetensors"
    bad = load_checkpoint(damaged(source, tmp_path / "bad.safetensors", "middle_block.0.in_layers.2.weight")).model
    with pytest.raises(ModelError, match=r"bad\.safetensors: the model's weight 'middle_block"):
        sampled(bad, prompt())


def test_the_controlnets_file_is_named(model: Model, tiny_models: Path, tmp_path: Path) -> None:
    source = tiny_models / "models/controlnet/sd15_tiny_control.safetensors"
    control = load_controlnet(damaged(source, tmp_path / "bad.safetensors", "zero_convs.0.0.weight"))
    positive, _ = apply_to_pair(prompt(), prompt(), control, torch.ones(1, 64, 64, 3), 1.0, 0.0, 1.0)
    with pytest.raises(ModelError, match=r"bad\.safetensors: the ControlNet's weight"):
        sampled(model, positive)


def test_a_prompt_of_no_numbers_is_named(model: Model) -> None:
    with pytest.raises(ModelError, match="encoded prompt is not made of numbers"):
        sampled(model, prompt(float("nan")))


def test_settings_without_a_result_are_warned_about(model: Model, caplog: pytest.LogCaptureFixture) -> None:
    """kl_optimal has no schedule of one step; the field gives a black picture."""
    with caplog.at_level(logging.WARNING):
        assert sampled(model, prompt(), "kl_optimal").isnan().all()
    assert "not made of numbers" in caplog.text
