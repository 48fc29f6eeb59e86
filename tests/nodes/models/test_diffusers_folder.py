"""Folders in diffusers' layout give what the checkpoint gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from graphcore import ModelError
from nodes.models.checkpoint import Checkpoint
from nodes.models.diffusers_folder import load_folder


def save(tensors: Mapping[str, Tensor], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, path)


@pytest.fixture(scope="module")
def folder(sd1: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("diffusers") / "some" / "model"
    assert sd1.clip is not None
    assert sd1.vae is not None
    save(sd1.model.network().module.state_dict(), root / "unet" / "diffusion_pytorch_model.fp16.safetensors")
    save(sd1.vae.weights.network().state_dict(), root / "vae" / "diffusion_pytorch_model.safetensors")
    save(sd1.clip.encoders["l"].weights, root / "text_encoder" / "model.safetensors")
    (root / "text_encoder" / "config.json").write_text(json.dumps({"num_attention_heads": 4}))
    (root / "model_index.json").write_text("{}")
    return root


def test_the_parts_are_those_of_the_checkpoint(folder: Path, sd1: Checkpoint) -> None:
    loaded = load_folder(folder)
    x, t, context = torch.randn(1, 4, 8, 8), torch.tensor([500.0]), torch.randn(1, 77, 64)
    torch.testing.assert_close(loaded.model.network()(x, t, context), sd1.model.network()(x, t, context))
    assert loaded.clip is not None
    assert sd1.clip is not None
    torch.testing.assert_close(loaded.clip.encode("a red circle")[0], sd1.clip.encode("a red circle")[0])
    assert loaded.vae is not None
    assert sd1.vae is not None
    torch.testing.assert_close(loaded.vae.decode(x), sd1.vae.decode(x))


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    (tmp_path / "unet").mkdir()
    with pytest.raises(ModelError, match=r"unet holds no weights as safetensors: fetch diffusion_pytorch_model"):
        load_folder(tmp_path)
