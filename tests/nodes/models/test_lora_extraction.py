"""What is extracted from a difference gives the difference back when it is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from graphcore.errors import ModelError
from nodes.models.checkpoint import Checkpoint
from nodes.models.lora import LoraFile, load_lora
from nodes.models.lora_extraction import low_rank, save_lora
from nodes.models.merge import merge_clip_subtract, merge_subtract

QUERY = "diffusion_model.middle_block.1.transformer_blocks.0.attn1.to_q.weight"


@pytest.mark.parametrize("shape", [(12, 20), (20, 12), (8, 6, 3, 3), (16, 4, 1, 1)])
def test_the_product_is_the_best_of_its_rank(shape: tuple[int, ...]) -> None:
    weight = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    up, down = low_rank(weight, 3)
    assert up.shape == (shape[0], 3, *[1] * (len(shape) - 2))
    assert down.shape == (3, *shape[1:])
    product = up.flatten(1) @ down.flatten(1)
    u, s, v = torch.linalg.svd(weight.double().flatten(1), full_matrices=False)
    torch.testing.assert_close(product, u[:, :3] * s[:3] @ v[:3])
    # Neither side carries all of the scale, which half precision could not hold.
    torch.testing.assert_close(up.flatten(1).norm(dim=0), down.flatten(1).norm(dim=1))


def test_a_matrix_of_low_rank_is_kept_whole() -> None:
    generator = torch.Generator().manual_seed(2)
    weight = torch.randn(9, 2, generator=generator) @ torch.randn(2, 7, generator=generator)
    up, down = low_rank(weight, 5)
    torch.testing.assert_close((up @ down).float(), weight)


@pytest.mark.parametrize("rank", [64, None])
def test_a_lora_taken_out_of_a_merge_does_what_it_did(
    sd1: Checkpoint, lora: LoraFile, tmp_path: Path, rank: int | None
) -> None:
    assert sd1.clip is not None
    changed, changed_clip = lora.on_model(sd1.model, 1.0), lora.on_clip(sd1.clip, 1.0)
    difference = merge_subtract(changed, sd1.model, 1.0)
    path = tmp_path / "lora.safetensors"
    save_lora(path, difference, merge_clip_subtract(changed_clip, sd1.clip, 1.0), rank, biases=True)
    again = load_lora(path)
    wanted, base = changed.patched(QUERY), sd1.model.patched(QUERY)
    got = again.on_model(sd1.model, 1.0).patched(QUERY)
    assert float((got - wanted).norm() / (wanted - base).norm()) < 2e-3  # the file is in half precision
    prompts = [clip.encode("a red circle")[0] for clip in (changed_clip, again.on_clip(sd1.clip, 1.0), sd1.clip)]
    assert float((prompts[1] - prompts[0]).norm() / (prompts[2] - prompts[0]).norm()) < 2e-2


def test_only_what_differs_is_written(sd1: Checkpoint, lora: LoraFile, tmp_path: Path) -> None:
    difference = merge_subtract(lora.on_model(sd1.model, 1.0), sd1.model, 1.0)
    steps: list[tuple[int, int]] = []
    save_lora(tmp_path / "a.safetensors", difference, None, 4, True, step=lambda *now: steps.append(now))
    written = {target for target in load_lora(tmp_path / "a.safetensors").changes if target.startswith("diffusion")}
    changed = {name.removesuffix(".weight") for name in lora.on_model(sd1.model, 1.0).patches}
    assert written == changed
    assert steps[-1] == (len(sd1.model.shapes()),) * 2


def test_biases_are_kept_when_asked_for(sd1: Checkpoint, tmp_path: Path) -> None:
    for biases in (True, False):
        path = tmp_path / f"{biases}.safetensors"
        save_lora(path, sd1.model, None, 1, biases)
        kinds = {name.rpartition(".")[2] for name in load_lora(path).shapes}
        assert kinds == ({"weight", "diff", "diff_b"} if biases else {"weight"})


def test_no_difference_is_no_lora(sd1: Checkpoint, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no difference"):
        save_lora(tmp_path / "x.safetensors", merge_subtract(sd1.model, sd1.model, 1.0), None, 4, True)
    with pytest.raises(ModelError, match="no difference"):
        save_lora(tmp_path / "x.safetensors", None, None, 4, True)
    assert not list(tmp_path.iterdir())
