"""Files whose weights are not numbers are named when nothing comes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from graphcore import ModelError
from nodes.models.checkpoint import load_checkpoint
from nodes.models.lora import load_lora
from nodes.models.soundness import check_weights, is_finite


def damaged(source: Path, target: Path, name: str) -> Path:
    """A copy in which one weight is not a number; `name` is the end of its name."""
    from safetensors import safe_open

    tensors = load_file(source)
    full = next(key for key in tensors if key.endswith(name))
    tensors[full] = torch.full_like(tensors[full], float("nan"))
    with safe_open(source, "pt") as file:
        save_file(tensors, target, metadata=file.metadata())
    return target


def test_whole_numbers_and_finite_ones_are_sound() -> None:
    assert is_finite(torch.tensor([1, 2]))
    assert is_finite(torch.tensor([1.0]).to(torch.float8_e4m3fn))
    assert not is_finite(torch.tensor([1.0, float("inf")]))


def test_the_first_bad_weight_is_named() -> None:
    weights = {"good": torch.ones(2), "bad": torch.tensor([float("nan")])}
    with pytest.raises(ModelError, match=r"x\.safetensors: the UNet's weight 'bad'"):
        check_weights(weights.items(), Path("x.safetensors"), "UNet")
    check_weights([("good", torch.ones(2))], None, "UNet")


def test_a_lora_of_no_numbers_is_refused(tiny_models: Path, tmp_path: Path) -> None:
    path = damaged(tiny_models / "models/loras/sd15_tiny_lora.safetensors", tmp_path / "bad.safetensors", "down.weight")
    with pytest.raises(ModelError, match=r"bad\.safetensors: the LoRA's weight 'lora_"):
        load_lora(path)


def test_a_vae_of_no_numbers_is_named(tiny_models: Path, tmp_path: Path) -> None:
    source = tiny_models / "models/checkpoints/sd15_tiny.safetensors"
    checkpoint = load_checkpoint(damaged(source, tmp_path / "bad.safetensors", "decoder.conv_out.weight"))
    assert checkpoint.vae is not None
    with pytest.raises(ModelError, match=r"bad\.safetensors: the VAE's weight 'decoder\.conv_out\.weight'"):
        checkpoint.vae.decode(torch.zeros(1, 4, 8, 8))
