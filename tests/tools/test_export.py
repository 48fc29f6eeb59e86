"""Exported files load through the project's own loader, and compute what was trained."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import Tensor

from nodes.models.checkpoint import Checkpoint, load_checkpoint
from tools.default_model.diffusion import Painter
from tools.default_model.export import compact, read_checkpoint, read_vae, vae_tensors, write_checkpoint, write_vae
from tools.default_model.text import token_rows, used_tokens
from tools.default_model.vae import CHANNELS, new_vae


@pytest.fixture(scope="module")
def painter() -> Painter:
    torch.manual_seed(0)
    return Painter().eval()


@pytest.fixture(scope="module")
def path(painter: Painter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "checkpoints" / "small.safetensors"
    write_checkpoint(painter, new_vae(), path, step=7)
    return path


@pytest.fixture(scope="module")
def loaded(path: Path) -> Checkpoint:
    return load_checkpoint(path)


def assert_close(one: Tensor, other: Tensor) -> None:
    """Equal but for the rounding of the weights."""
    assert (one - other).norm() < 0.02 * other.norm()


@torch.no_grad()
def test_the_text_encoder_reads_as_in_training(painter: Painter, loaded: Checkpoint) -> None:
    caption = "a large orange star on the left, a striped blue background"
    assert loaded.clip is not None
    states, _ = loaded.clip.encode(caption)
    assert_close(states, painter.text(token_rows([caption])))


@torch.no_grad()
def test_the_unet_predicts_as_in_training(painter: Painter, loaded: Checkpoint) -> None:
    generator = torch.Generator().manual_seed(0)
    noisy, timesteps = torch.randn(2, 4, 16, 16, generator=generator), torch.tensor([900.0, 20.0])
    context = torch.randn(2, 77, 128, generator=generator)
    predicted = loaded.model.network()(noisy, timesteps, context)
    assert_close(predicted, painter.unet(noisy, timesteps, context).sample)


@torch.no_grad()
def test_training_goes_on_from_a_file(painter: Painter, path: Path) -> None:
    adopted = Painter().eval()
    assert read_checkpoint(adopted, path) == 7
    rows, noisy = token_rows(["a red ring"]), torch.randn(1, 4, 16, 16)
    timesteps = torch.tensor([500])
    assert_close(adopted(noisy, timesteps, rows), painter(noisy, timesteps, rows))


def test_it_is_recognised_by_its_tensors_alone(loaded: Checkpoint) -> None:
    assert loaded.model.family.name == "sd1"
    assert loaded.vae is not None
    assert loaded.vae.shape.channels == CHANNELS
    assert loaded.vae.ratio == 8


def test_rows_of_tokens_that_no_caption_uses_are_zero(path: Path) -> None:
    with safe_open(path, "pt") as file:
        name = next(name for name in file.keys() if name.endswith("token_embedding.weight"))  # noqa: SIM118
        table = file.get_tensor(name)
    assert table.shape == (49408, 128)
    assert table.dtype == torch.float16
    assert set(table.any(dim=1).nonzero().flatten().tolist()) == set(used_tokens())


def test_every_tensor_of_a_vae_is_written() -> None:
    vae = new_vae()
    tensors = vae_tensors(vae)
    assert len(tensors) == len(vae.state_dict())
    assert tensors["decoder.mid.attn_1.q.weight"].shape == (CHANNELS[-1], CHANNELS[-1], 1, 1)


@torch.no_grad()
def test_a_written_vae_reads_back(tmp_path: Path) -> None:
    torch.manual_seed(0)
    vae, pixels = new_vae().eval(), torch.rand(1, 3, 64, 64)
    write_vae(vae, tmp_path / "vae.safetensors")
    again = read_vae(tmp_path / "vae.safetensors")
    assert_close(again.encode(pixels).latent_dist.mean, vae.encode(pixels).latent_dist.mean)
    assert_close(again.decode(torch.ones(1, 4, 8, 8)).sample, vae.decode(torch.ones(1, 4, 8, 8)).sample)


def test_matrices_lose_bits_that_do_not_matter_and_vectors_none() -> None:
    matrix = torch.randn(64, 64, generator=torch.Generator().manual_seed(0))
    rounded = compact(matrix).float()
    assert ((rounded - matrix).abs() <= matrix.abs() / 256 + 1e-7).all()
    assert not (compact(matrix).view(torch.int16) & 0b11).any()
    assert torch.equal(compact(matrix[0]), matrix[0].half())
