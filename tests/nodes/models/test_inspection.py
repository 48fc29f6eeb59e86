from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from graphcore.errors import ModelError
from nodes.models.checkpoint import Checkpoint
from nodes.models.inspection import describe, problems
from nodes.models.saving import save_model, save_text_encoder, save_vae


def test_parts_are_told_apart(sd1: Checkpoint, tmp_path: Path) -> None:
    assert sd1.clip is not None
    assert sd1.vae is not None
    path = tmp_path / "part.safetensors"
    save_model(path, sd1.model)
    assert describe(path)["kind"] == "diffusion model of Stable Diffusion 1"
    save_vae(path, sd1.vae)
    assert describe(path)["kind"] == "VAE"
    save_text_encoder(path, sd1.clip, "l", {"note": "mine"})
    facts = describe(path)
    assert (facts["kind"], facts["metadata note"]) == ("text encoder", "mine")


def test_numbers_are_counted_by_format(tmp_path: Path) -> None:
    tensors = {"emb_params": torch.zeros(3, 4), "clip_l": torch.zeros(2, dtype=torch.float16)}
    save_file(tensors, tmp_path / "e.safetensors")
    facts = describe(tmp_path / "e.safetensors")
    assert facts == {"kind": "embedding", "tensors": "2", "parameters": "14", "formats": "float32 (12), float16 (2)"}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float8_e4m3fn])
def test_numbers_that_are_none_are_found(tmp_path: Path, dtype: torch.dtype) -> None:
    bad = torch.tensor([[0.0, float("nan")]]).to(dtype)
    save_file({"clip_l": torch.ones(1, 2), "clip_g": bad}, tmp_path / "e.safetensors")
    (problem,) = problems(tmp_path / "e.safetensors")
    assert problem.startswith("1 of its 2 tensors hold values that are no finite numbers (clip_g)")
    save_file({"clip_l": torch.ones(1, 2).to(dtype)}, tmp_path / "e.safetensors")
    assert problems(tmp_path / "e.safetensors") == []


def test_a_family_that_is_not_supported_is_named(tmp_path: Path) -> None:
    names = ("joint_blocks.0.context_block.attn.qkv.weight", *(f"input_blocks.{n}.0.weight" for n in range(6)))
    save_file({f"model.diffusion_model.{name}": torch.zeros(1) for name in names}, tmp_path / "sd3.safetensors")
    with pytest.raises(ModelError, match="Stable Diffusion 3"):
        problems(tmp_path / "sd3.safetensors")
