"""The second stage leaves the encoder alone, so that latents keep their meaning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tools.default_model import decoder
from tools.default_model.decoder import DecoderLoss
from tools.default_model.export import write_vae
from tools.default_model.loop import Recipe
from tools.default_model.vae import new_vae

PICTURES = np.random.default_rng(0).integers(0, 256, (8, 64, 64, 3), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the first stage is finished, with few small pictures."""
    torch.manual_seed(0)
    torch.save(new_vae().state_dict(), tmp_path / "encoder.pt")
    monkeypatch.setattr(decoder, "rendered", lambda *_, **__: PICTURES)
    monkeypatch.setattr("tools.default_model.vae.inspect", lambda _: None)
    monkeypatch.setattr(decoder, "RECIPE", Recipe(steps=2, warmup=1, ema=0.5))
    return tmp_path


def test_only_the_decoder_learns(folder: Path) -> None:
    before = torch.load(folder / "encoder.pt", weights_only=True)
    after = decoder.train(folder, minutes=5).averaged.state_dict()
    changed = {name.partition(".")[0] for name, tensor in after.items() if not torch.equal(tensor, before[name])}
    assert changed == {"decoder", "post_quant_conv"}


def test_the_latest_vae_is_the_one_trained_last(folder: Path) -> None:
    trained = decoder.train(folder, minutes=5).averaged.state_dict()
    latest = decoder.latest(folder).state_dict()
    assert all(torch.equal(tensor, latest[name]) for name, tensor in trained.items())


def test_a_shipped_vae_is_adopted_only_where_nothing_was_trained(tmp_path: Path) -> None:
    shipped, folder = tmp_path / "shipped.safetensors", tmp_path / "train"
    vae = new_vae()
    write_vae(vae, shipped)
    decoder.adopt(folder, shipped)
    kept = decoder.finished_encoder(folder).state_dict()
    torch.testing.assert_close(
        kept["encoder.conv_in.weight"], vae.encoder.conv_in.weight.detach(), atol=1e-3, rtol=1e-2
    )
    write_vae(new_vae(), shipped)
    decoder.adopt(folder, shipped)
    again = decoder.finished_encoder(folder).state_dict()
    assert all(torch.equal(tensor, again[name]) for name, tensor in kept.items())


def test_the_loss_depends_on_the_step_alone() -> None:
    loss = DecoderLoss(new_vae(), PICTURES, PICTURES)
    with torch.no_grad():
        values = [loss(1, torch.Generator().manual_seed(seed))[0].item() for seed in (1, 1, 2)]
    assert values[0] == pytest.approx(values[1], rel=1e-2)
    assert values[0] != values[2]
