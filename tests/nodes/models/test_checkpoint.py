from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from graphcore.errors import ModelError
from nodes.models.checkpoint import Checkpoint, load_checkpoint, load_diffusion_model, metadata_config
from nodes.models.reader import WeightsFile
from nodes.models.unet_keys import to_diffusers

UNET = "model.diffusion_model."


@pytest.fixture
def unet(tiny_models: Path) -> dict[str, torch.Tensor]:
    tensors = load_file(tiny_models / "models/checkpoints/sd15_tiny.safetensors")
    return {name.removeprefix(UNET): tensor for name, tensor in tensors.items() if name.startswith(UNET)}


def output(model: object) -> torch.Tensor:
    return model.network()(torch.ones(1, 4, 8, 8), torch.ones(1), torch.ones(1, 3, 64))  # type: ignore[attr-defined]


def test_a_checkpoint_has_all_its_parts(sd1: Checkpoint, sdxl: Checkpoint) -> None:
    for checkpoint, encoders in ((sd1, {"l"}), (sdxl, {"l", "g"})):
        assert checkpoint.clip is not None
        assert checkpoint.vae is not None
        assert set(checkpoint.clip.encoders) == encoders
        assert checkpoint.clip.encoders["l"].config.num_attention_heads == 4


@pytest.mark.parametrize("prefix", ["", UNET, "net.", "model.model."])
def test_a_diffusion_model_alone_with_any_prefix(
    sd1: Checkpoint, unet: dict[str, torch.Tensor], tmp_path: Path, prefix: str
) -> None:
    save_file({prefix + name: tensor for name, tensor in unet.items()}, tmp_path / "unet.safetensors")
    assert torch.equal(output(load_diffusion_model(tmp_path / "unet.safetensors")), output(sd1.model))
    checkpoint = load_checkpoint(tmp_path / "unet.safetensors")
    assert checkpoint.clip is None
    assert checkpoint.vae is None


def test_a_diffusion_model_in_diffusers_layout(sd1: Checkpoint, unet: dict[str, torch.Tensor], tmp_path: Path) -> None:
    names = to_diffusers(unet, sd1.model.family.shape)
    save_file({names[name]: tensor for name, tensor in unet.items()}, tmp_path / "unet.safetensors")
    again = load_diffusion_model(tmp_path / "unet.safetensors")
    assert torch.equal(output(again), output(sd1.model))
    assert set(again.names()) == set(sd1.model.names()), "patches name weights the same way whatever the layout"


def test_nothing_is_loaded_before_it_is_used(tiny_models: Path) -> None:
    model = load_checkpoint(tiny_models / "models/checkpoints/sd15_tiny.safetensors").model
    assert not model.weights.weights._loaded
    model.network()
    assert model.weights.weights._loaded


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ("models/loras/sd15_tiny_lora.safetensors", "looks like a LoRA"),
        ("models/controlnet/sd15_tiny_control.safetensors", "looks like a ControlNet"),
        ("models/embeddings/tinyembed.safetensors", "no diffusion model"),
    ],
)
def test_other_files_are_recognised(tiny_models: Path, file: str, what: str) -> None:
    with pytest.raises(ModelError, match=what) as caught:
        load_checkpoint(tiny_models / file)
    assert file in str(caught.value)
    assert "Supported are" in str(caught.value)


def test_an_incomplete_unet_names_what_is_missing(unet: dict[str, torch.Tensor], tmp_path: Path) -> None:
    del unet["middle_block.1.proj_in.bias"]
    save_file(unet, tmp_path / "unet.safetensors")
    with pytest.raises(ModelError, match=r"mid_block\.attentions\.0\.proj_in\.bias"):
        load_diffusion_model(tmp_path / "unet.safetensors").network()


def test_a_unet_of_wrong_shapes_is_named(unet: dict[str, torch.Tensor], tmp_path: Path) -> None:
    unet["middle_block.1.proj_in.bias"] = torch.ones(3)
    save_file(unet, tmp_path / "unet.safetensors")
    expected = r"unet\.safetensors: .* incomplete or unusual: .*proj_in\.bias' has the shape \[3\] in place of \[128\]"
    with pytest.raises(ModelError, match=expected):
        load_diffusion_model(tmp_path / "unet.safetensors").network()


@pytest.mark.parametrize("config", ["[]", "{", '{"clip_l": 3}', "[" * 100_000])
def test_bad_metadata_is_named(tmp_path: Path, config: str) -> None:
    save_file({"x": torch.ones(1)}, tmp_path / "x.safetensors", metadata={"graphcore.config": config})
    with pytest.raises(ModelError, match=r"graphcore\.config"):
        metadata_config(WeightsFile(tmp_path / "x.safetensors"))


def test_metadata_is_read(tmp_path: Path) -> None:
    config = {"clip_l": {"num_attention_heads": 4}}
    save_file({"x": torch.ones(1)}, tmp_path / "x.safetensors", metadata={"graphcore.config": json.dumps(config)})
    assert metadata_config(WeightsFile(tmp_path / "x.safetensors")) == config


def test_a_file_may_name_its_own_decoder_for_previews(unet: dict[str, torch.Tensor], tmp_path: Path) -> None:
    for stated, found in ({}, "taesd"), ({"latent_format": {"taesd": "mine"}}, "mine"):
        save_file(unet, tmp_path / "unet.safetensors", metadata={"graphcore.config": json.dumps(stated)})
        assert load_diffusion_model(tmp_path / "unet.safetensors").latent_format.taesd == found
    save_file(unet, tmp_path / "bad.safetensors", metadata={"graphcore.config": '{"latent_format": {"taesd": 3}}'})
    with pytest.raises(ModelError, match="should name the decoder for previews"):
        load_diffusion_model(tmp_path / "bad.safetensors")
