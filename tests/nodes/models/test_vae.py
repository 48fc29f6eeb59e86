from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from graphcore.errors import ModelError
from nodes.models import vae as vae_module
from nodes.models.checkpoint import Checkpoint, load_vae
from nodes.models.reader import WeightsFile
from nodes.models.vae import PREFIX, Vae
from nodes.models.vae_keys import to_diffusers
from tests import theirs


@pytest.fixture(scope="module")
def vae(sd1: Checkpoint) -> Vae:
    assert sd1.vae is not None
    return sd1.vae


@pytest.fixture(scope="module")
def pictures() -> torch.Tensor:
    return torch.rand(2, 48, 64, 3, generator=torch.Generator().manual_seed(0))


def test_equals_diffusers_own_passes(vae: Vae, pictures: torch.Tensor) -> None:
    module = theirs.vae(vae)
    with torch.no_grad():
        mean = module.encode(pictures.movedim(-1, 1) * 2 - 1).latent_dist.mean
        decoded = module.decode(mean).sample
    latent = vae.encode(pictures)
    torch.testing.assert_close(latent, mean, rtol=1e-4, atol=1e-5)
    expected = ((decoded + 1) / 2).clamp(0, 1).movedim(1, -1)
    torch.testing.assert_close(vae.decode(latent), expected, rtol=1e-4, atol=1e-5)


def test_shapes_and_range(vae: Vae, pictures: torch.Tensor) -> None:
    latent = vae.encode(pictures)
    assert latent.shape == (2, 4, 6, 8)
    decoded = vae.decode(latent)
    assert decoded.shape == pictures.shape
    assert decoded.min() >= 0
    assert decoded.max() <= 1


def test_odd_sizes_are_cut_around_the_centre_and_alpha_is_dropped(vae: Vae) -> None:
    picture = torch.rand(1, 35, 44, 4)
    expected = vae.encode(picture[:, 1:33, 2:42, :3])
    torch.testing.assert_close(vae.encode(picture), expected, rtol=0, atol=0)


def test_too_small_and_wrong_inputs_are_refused(vae: Vae) -> None:
    with pytest.raises(ModelError, match="at least 8 pixels"):
        vae.encode(torch.rand(1, 7, 64, 3))
    with pytest.raises(ModelError, match="B,H,W,3"):
        vae.encode(torch.rand(1, 64, 64, 1))
    with pytest.raises(ModelError, match="latents of 4 channels"):
        vae.decode(torch.rand(1, 16, 8, 8))


def test_one_tile_equals_the_whole(vae: Vae, pictures: torch.Tensor) -> None:
    latent = vae.encode(pictures)
    torch.testing.assert_close(vae.decode_tiled(latent), vae.decode(latent), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(vae.encode_tiled(pictures), latent, rtol=1e-5, atol=1e-5)


def test_tiles_come_near_the_whole(vae: Vae) -> None:
    latent = torch.randn(1, 4, 16, 20, generator=torch.Generator().manual_seed(1))
    whole, tiles = vae.decode(latent), vae.decode_tiled(latent, 12, 12, 4)
    assert tiles.shape == whole.shape
    assert (tiles - whole).abs().mean() < 0.1, "random weights attend over the whole picture, so some difference is due"
    pictures = torch.rand(1, 128, 192, 3, generator=torch.Generator().manual_seed(2))
    assert vae.encode_tiled(pictures, 128, 128, 32).shape == (1, 4, 16, 24)


def test_short_memory_means_tiles(vae: Vae, monkeypatch: pytest.MonkeyPatch) -> None:
    latent = torch.randn(1, 4, 72, 2, generator=torch.Generator().manual_seed(1))
    expected = vae.decode_tiled(latent)
    monkeypatch.setattr(vae_module, "room", lambda device: 0.0)
    torch.testing.assert_close(vae.decode(latent), expected, rtol=0, atol=0)


def test_running_out_of_memory_means_tiles(vae: Vae, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = torch.rand(1, 64, 64, 3)
    expected = vae.encode_tiled(pictures)
    whole = vae.__class__._encode
    calls = []

    def fails_once(self: Vae, piece: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        if len(calls) == 1:
            raise torch.OutOfMemoryError
        return whole(self, piece)

    monkeypatch.setattr(vae.__class__, "_encode", fails_once)
    torch.testing.assert_close(vae.encode(pictures), expected, rtol=0, atol=0)


def test_the_memory_estimate_grows_with_the_picture(vae: Vae) -> None:
    assert vae.memory(512, 512) == 4 * vae.memory(256, 256) > 0


@pytest.mark.parametrize("old", [False, True])
def test_diffusers_files_load_in_both_their_namings(
    vae: Vae, tiny_models: Path, tmp_path: Path, old: bool, pictures: torch.Tensor
) -> None:
    file = WeightsFile(tiny_models / "models/checkpoints/sd15_tiny.safetensors")
    own = {name.removeprefix(PREFIX): file[name] for name in file if name.startswith(PREFIX)}
    old_names = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    renamed = {}
    for name, there in to_diffusers(own, vae.shape).items():
        if old:
            for part, before in old_names.items():
                there = there.replace(part, before)
        tensor = own[name]
        renamed[there] = tensor.flatten(1).contiguous() if ".attn_1." in name and tensor.dim() == 4 else tensor.clone()
    save_file(renamed, tmp_path / "vae.safetensors")
    again = load_vae(tmp_path / "vae.safetensors")
    torch.testing.assert_close(again.encode(pictures), vae.encode(pictures), rtol=0, atol=0)


def test_files_without_quant_convolutions_skip_them(vae: Vae, tiny_models: Path, tmp_path: Path) -> None:
    file = WeightsFile(tiny_models / "models/checkpoints/sd15_tiny.safetensors")
    own = {n.removeprefix(PREFIX): file[n].clone() for n in file if n.startswith(PREFIX) and "quant_conv" not in n}
    save_file(own, tmp_path / "vae.safetensors")
    again = load_vae(tmp_path / "vae.safetensors")
    module = again.weights.network()
    assert module.quant_conv is None
    assert module.post_quant_conv is None
    assert again.decode(torch.zeros(1, 4, 2, 2)).shape == (1, 16, 16, 3)


def test_what_is_no_vae_is_refused(tiny_models: Path) -> None:
    with pytest.raises(ModelError, match="no VAE"):
        load_vae(tiny_models / "models/loras/sd15_tiny_lora.safetensors")


def test_the_file_may_state_the_groups_of_its_norms(tiny_models: Path, tmp_path: Path) -> None:
    prefix = "first_stage_model."
    tensors = load_file(tiny_models / "models/checkpoints/sd15_tiny.safetensors")
    own = {name: tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    save_file(own, tmp_path / "few.safetensors", {"graphcore.config": '{"vae": {"norm_num_groups": 8}}'})
    save_file(own, tmp_path / "usual.safetensors")
    few, usual = (load_vae(tmp_path / name) for name in ("few.safetensors", "usual.safetensors"))
    assert (few.shape.groups, usual.shape.groups) == (8, 32)
    latent = torch.zeros(1, 4, 4, 4)
    assert not few.decode(latent).equal(usual.decode(latent))
