from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from graphcore.errors import ModelError
from nodes.models.checkpoint import Checkpoint
from nodes.models.lora import LoraFile, load_lora

# down_blocks.0.attentions.0 is input_blocks.1.1.
WEIGHT = "diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q.weight"
TARGET = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"


@pytest.fixture
def parts(tiny_models: Path) -> dict[str, torch.Tensor]:
    return load_file(tiny_models / "models/loras/sd15_tiny_lora.safetensors")


def saved(tensors: dict[str, torch.Tensor], folder: Path) -> LoraFile:
    save_file(tensors, folder / "some_lora.safetensors")
    return load_lora(folder / "some_lora.safetensors")


def test_a_kohya_file_changes_the_weight_it_names(
    sd1: Checkpoint, lora: LoraFile, parts: dict[str, torch.Tensor]
) -> None:
    up, down = parts[f"{TARGET}.lora_up.weight"].float(), parts[f"{TARGET}.lora_down.weight"].float()
    expected = sd1.model.patched(WEIGHT) + 0.8 * (2.0 / 4) * (up @ down)
    patched = lora.on_model(sd1.model, 0.8)
    torch.testing.assert_close(patched.patched(WEIGHT), expected)
    network = patched.network().module
    torch.testing.assert_close(
        network.down_blocks[0].attentions[0].transformer_blocks[0].attn1.to_q.weight.data, expected
    )


def test_every_part_of_the_file_is_used(sd1: Checkpoint, lora: LoraFile, caplog: pytest.LogCaptureFixture) -> None:
    assert sd1.clip is not None
    with caplog.at_level(logging.WARNING):
        model, clip = lora.on_model(sd1.model, 1.0), lora.on_clip(sd1.clip, 1.0)
    assert not caplog.records
    assert len(model.patches) + len(clip.patches["l"]) == len(lora.changes)


def test_text_encoders_are_changed_too(sd1: Checkpoint, lora: LoraFile, parts: dict[str, torch.Tensor]) -> None:
    assert sd1.clip is not None
    name, target = "text_model.encoder.layers.0.mlp.fc1.weight", "lora_te_text_model_encoder_layers_0_mlp_fc1"
    up, down = parts[f"{target}.lora_up.weight"].float(), parts[f"{target}.lora_down.weight"].float()
    before = sd1.clip.encoder("l").weights[name]
    changed = lora.on_clip(sd1.clip, 0.6).encoder("l").weights[name]
    assert torch.equal(changed, (before.float() + 0.6 * 0.5 * (up @ down)).half())
    assert torch.equal(sd1.clip.encoder("l").weights[name], before)


def test_strength_zero_gives_the_same_handles(sd1: Checkpoint, lora: LoraFile) -> None:
    assert sd1.clip is not None
    assert lora.on_model(sd1.model, 0.0) is sd1.model
    assert lora.on_clip(sd1.clip, 0.0) is sd1.clip


def test_an_unchanged_file_is_opened_once_and_a_changed_one_again(
    parts: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    first = saved(parts, tmp_path)
    assert load_lora(first.path) is first
    fewer = {name: tensor for name, tensor in parts.items() if name.startswith(TARGET)}
    assert saved(fewer, tmp_path).changes.keys() == {TARGET}


def test_a_lora_of_another_family_is_named(sdxl: Checkpoint, tmp_path: Path) -> None:
    name = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
    tensors = {f"{name}.lora_up.weight": torch.ones(320, 4), f"{name}.lora_down.weight": torch.ones(4, 768)}
    with pytest.raises(ModelError, match="made for Stable Diffusion 1"):
        saved(tensors, tmp_path).on_model(sdxl.model, 1.0)


def test_a_lora_of_another_family_is_refused_though_some_layers_would_fit(sdxl: Checkpoint, tmp_path: Path) -> None:
    fits, other = "lora_unet_input_blocks_4_1_proj_in", "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k"
    tensors = {f"{name}.lora_up.weight": torch.ones(64, 4) for name in (fits, other)}
    tensors |= {f"{fits}.lora_down.weight": torch.ones(4, 64), f"{other}.lora_down.weight": torch.ones(4, 768)}
    with pytest.raises(ModelError, match=r"lora\.safetensors was made for Stable Diffusion 1 .* model of SDXL"):
        saved(tensors, tmp_path).on_model(sdxl.model, 1.0)


@pytest.mark.parametrize(
    ("name", "width", "family"),
    [
        ("lora_unet_x_attn2_to_k", 1024, "Stable Diffusion 2"),
        ("unet.x.attn2.processor.to_k", 2048, "SDXL"),
        ("unet.x.attn2.to_k", 1280, "the SDXL refiner"),
        ("lora_unet_double_blocks_0", 8, "Flux"),
        ("diffusion_model.joint_blocks.0", 8, "Stable Diffusion 3"),
        ("lora_te2_text_model", 8, "SDXL"),
        ("lora_unet_x", 8, "another family"),
    ],
)
def test_the_family_a_file_is_for(name: str, width: int, family: str, tmp_path: Path) -> None:
    tensors = {f"{name}.lora_up.weight": torch.ones(8, 4), f"{name}.lora_down.weight": torch.ones(4, width)}
    assert saved(tensors, tmp_path).family() == family


def test_what_does_not_fit_beside_what_does_is_logged(
    sd1: Checkpoint, parts: dict[str, torch.Tensor], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong_size = TARGET.replace("to_q", "to_k")
    own = {name: tensor for name, tensor in parts.items() if name.startswith(TARGET)}
    own |= {
        "lora_unet_nowhere.lora_up.weight": torch.ones(4, 2),
        "lora_unet_nowhere.lora_down.weight": torch.ones(2, 4),
    }
    own |= {f"{wrong_size}.lora_up.weight": torch.ones(9, 2), f"{wrong_size}.lora_down.weight": torch.ones(2, 9)}
    with caplog.at_level(logging.WARNING):
        patched = saved(own, tmp_path).on_model(sd1.model, 1.0)
    assert list(patched.patches) == [WEIGHT]
    assert "2 of 3 parts" in caplog.text
    assert "lora_unet_nowhere" in caplog.text


def test_a_text_only_file_leaves_the_model_and_a_model_only_file_the_text(
    sd1: Checkpoint, parts: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    assert sd1.clip is not None
    text = saved({name: tensor for name, tensor in parts.items() if name.startswith("lora_te")}, tmp_path)
    assert text.on_model(sd1.model, 1.0) is sd1.model
    (tmp_path / "two").mkdir()
    unet = saved({name: tensor for name, tensor in parts.items() if name.startswith("lora_unet")}, tmp_path / "two")
    assert unet.on_clip(sd1.clip, 1.0) is sd1.clip


def test_biases_and_norms_are_changed(sd1: Checkpoint, tmp_path: Path) -> None:
    norm = "diffusion_model.input_blocks.1.1.transformer_blocks.0.norm1"
    file = saved({f"{norm}.w_norm": torch.ones(32), f"{norm}.b_norm": torch.full((32,), 2.0)}, tmp_path)
    patched = file.on_model(sd1.model, 0.5)
    for kind, step in (("weight", 0.5), ("bias", 1.0)):
        expected = sd1.model.patched(f"{norm}.{kind}") + step
        torch.testing.assert_close(patched.patched(f"{norm}.{kind}"), expected)


def test_what_is_no_lora_is_refused(tiny_models: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds no LoRA"):
        load_lora(tiny_models / "models/embeddings/tinyembed.safetensors")
    with pytest.raises(ModelError, match="cannot be opened"):
        load_lora(tmp_path / "nothing.safetensors")
