"""A fresh LoRA changes nothing; every layer of its file is one that the project's loader knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nodes.models.lora_targets import model_targets
from nodes.models.model import PREFIX
from nodes.models.unet_shape import infer_shape
from tools.default_model.diffusion import Painter
from tools.default_model.export import unet_tensors
from tools.default_model.loop import Training
from tools.default_model.lora import RANK, RECIPE, StyledPainter
from tools.default_model.text import token_rows

INPUTS = torch.ones(1, 4, 16, 16), torch.tensor([400]), token_rows(["a red ring"])


@pytest.fixture
def painter() -> Painter:
    torch.manual_seed(0)
    return Painter().eval()


@torch.no_grad()
def test_it_begins_without_effect_and_then_has_one(painter: Painter) -> None:
    styled = StyledPainter(painter)
    plain = painter(*INPUTS)
    torch.testing.assert_close(styled(*INPUTS), plain)
    for _, change in styled.named_changes():
        change.up.fill_(0.05)
    assert not torch.allclose(styled(*INPUTS), plain, atol=1e-3)


def test_it_can_be_trained(painter: Painter, tmp_path: Path) -> None:
    def loss(step: int, generator: torch.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        return (training.module(*INPUTS) - 1).square().mean(), {}

    training = Training("lora", StyledPainter(painter), replace(RECIPE, steps=3, warmup=0), tmp_path)
    before = loss(0, torch.Generator())[0].item()
    training.run(loss, 1, lambda _: None)
    assert training.finished
    assert loss(0, torch.Generator())[0].item() < before


def test_only_the_changes_are_trained(painter: Painter) -> None:
    styled = StyledPainter(painter)
    assert all(".up" in name or ".down" in name for name, _ in styled.named_parameters())
    torch.autograd.backward(styled(*INPUTS).sum())
    assert all(weight.grad is None for weight in painter.parameters())
    assert all(change.up.grad is not None for _, change in styled.named_changes())


def test_every_published_name_has_a_target(painter: Painter) -> None:
    tensors = unet_tensors(painter.unet)
    shape = infer_shape({name: tuple(tensor.shape) for name, tensor in tensors.items()})
    targets = model_targets([PREFIX + name for name in tensors], shape)
    published = StyledPainter(painter).tensors()
    layers = {name.partition(".")[0] for name in published}
    assert layers <= targets.keys()
    for layer in layers:
        rows, *columns = tensors[targets[layer].removeprefix(PREFIX)].shape
        assert published[f"{layer}.lora_down.weight"].shape == (RANK, *columns)
        assert published[f"{layer}.lora_up.weight"].shape == (rows, RANK, *(1 for _ in columns[1:]))
