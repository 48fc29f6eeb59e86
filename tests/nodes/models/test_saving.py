from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from nodes.models import default
from nodes.models.checkpoint import Checkpoint, load_checkpoint, load_diffusion_model, load_vae
from nodes.models.lora import LoraFile
from nodes.models.reader import WeightsFile
from nodes.models.saving import save_checkpoint, save_model, save_text_encoder, save_vae
from nodes.sampling.model_sampling import continuous_edm, discrete
from nodes.text.loading import clip_from_files


@pytest.mark.parametrize("name", ["sd1", "sdxl"])
def test_a_saved_checkpoint_holds_the_same_as_the_file_it_came_from(
    name: str, request: pytest.FixtureRequest, tiny_models: Path, tmp_path: Path
) -> None:
    checkpoint: Checkpoint = request.getfixturevalue(name)
    save_checkpoint(tmp_path / "saved.safetensors", *checkpoint)
    source = {"sd1": "sd15_tiny", "sdxl": "sdxl_tiny"}[name]
    before = load_file(tiny_models / f"models/checkpoints/{source}.safetensors")
    after = load_file(tmp_path / "saved.safetensors")
    # Buffers without weight are not kept.
    assert set(before) - set(after) <= {n for n in before if n.endswith(("position_ids", "logit_scale"))}
    assert set(after) <= set(before)
    for key, tensor in after.items():
        assert torch.equal(tensor.float(), before[key].float()), key


def test_a_saved_checkpoint_loads_again_with_its_patches(sd1: Checkpoint, lora: LoraFile, tmp_path: Path) -> None:
    assert sd1.clip is not None
    model, clip = lora.on_model(sd1.model, 0.8), lora.on_clip(sd1.clip, 0.6)
    save_checkpoint(tmp_path / "merged.safetensors", model, clip, sd1.vae, {"prompt": "{}"})
    again = load_checkpoint(tmp_path / "merged.safetensors")
    name = "diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q.weight"
    assert torch.equal(again.model.patched(name), model.patched(name))
    assert again.clip is not None
    assert torch.equal(again.clip.encode("a cat")[0], clip.encode("a cat")[0])
    with safe_open(tmp_path / "merged.safetensors", "pt") as file:
        assert file.metadata()["prompt"] == "{}"
        assert file.metadata()["modelspec.predict_key"] == "epsilon"


def test_sdxl_says_what_it_is(sdxl: Checkpoint, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "x.safetensors", *sdxl, title="x 1")
    metadata = WeightsFile(tmp_path / "x.safetensors").metadata
    assert metadata["modelspec.architecture"] == "stable-diffusion-xl-v1-base"
    assert metadata["modelspec.title"] == "x 1"
    assert json.loads(metadata["graphcore.config"]) == {
        "clip_l": {"num_attention_heads": 4},
        "clip_g": {"num_attention_heads": 4},
    }


@pytest.mark.parametrize(
    ("sampling", "sigma_max", "names"),
    [
        (discrete("v_prediction"), 14.6146, {"v_pred"}),
        (discrete("v_prediction", zero_terminal_snr=True), 4518.76, {"v_pred", "ztsnr"}),
        (continuous_edm("v_prediction", sigma_max=50.0), 50.0, {"edm_vpred.sigma_max", "edm_vpred.sigma_min"}),
    ],
)
def test_the_parameterisation_survives(
    sdxl: Checkpoint, tmp_path: Path, sampling: object, sigma_max: float, names: set[str]
) -> None:
    save_model(tmp_path / "v.safetensors", sdxl.model.with_sampling(sampling))  # type: ignore[arg-type]
    assert names <= set(WeightsFile(tmp_path / "v.safetensors"))
    again = load_diffusion_model(tmp_path / "v.safetensors")
    assert again.sampling.sigma_max == pytest.approx(sigma_max, rel=1e-4)
    assert type(again.sampling.prediction).__name__ == "V"


def test_a_vae_alone(sd1: Checkpoint, tmp_path: Path) -> None:
    assert sd1.vae is not None
    save_vae(tmp_path / "vae.safetensors", sd1.vae)
    latent = torch.randn(1, 4, 3, 3)
    assert torch.equal(load_vae(tmp_path / "vae.safetensors").decode(latent), sd1.vae.decode(latent))


def test_a_text_encoder_alone(sd1: Checkpoint, tmp_path: Path) -> None:
    assert sd1.clip is not None
    save_text_encoder(tmp_path / "clip_l.safetensors", sd1.clip, "l")
    file = WeightsFile(tmp_path / "clip_l.safetensors")
    config = json.loads(file.metadata["graphcore.config"])
    again = clip_from_files([(file, config)], "stable_diffusion")
    assert torch.equal(again.encode("a cat")[0], sd1.clip.encode("a cat")[0])


def test_what_shapes_do_not_tell_of_a_vae_and_of_its_latents_survives(sd1: Checkpoint, tmp_path: Path) -> None:
    vae = load_vae(default.FOLDER / "vae" / "graphcore-default-vae.safetensors")
    assert vae.shape.groups == 8
    own = replace(sd1.model.latent_format, taesd="mine")
    model = sd1.model.with_sampling(sd1.model.sampling, own)
    save_vae(tmp_path / "vae.safetensors", vae)
    save_model(tmp_path / "model.safetensors", model)
    save_checkpoint(tmp_path / "both.safetensors", model, sd1.clip, vae)
    both = load_checkpoint(tmp_path / "both.safetensors")
    assert both.vae is not None
    latent = torch.randn(1, 4, 3, 3)
    for again in (load_vae(tmp_path / "vae.safetensors"), both.vae):
        assert torch.equal(again.decode(latent), vae.decode(latent))
    for found in (load_diffusion_model(tmp_path / "model.safetensors"), both.model):
        assert found.latent_format == own
