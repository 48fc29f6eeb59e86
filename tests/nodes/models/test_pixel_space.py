from __future__ import annotations

from pathlib import Path

import pytest
import torch

from graphcore.errors import ModelError
from graphcore.testing import RecordingRun, call, recording_run
from nodes.models.pixel_space import PixelSpace


@pytest.fixture
def vae(tmp_path: Path) -> PixelSpace:
    run: RecordingRun = recording_run(tmp_path)
    return call("VAELoader", run, vae_name="pixel_space").VAE


def test_latents_are_pictures(vae: PixelSpace) -> None:
    pixels = torch.rand(2, 5, 7, 4)
    latent = call("VAEEncode", pixels=pixels, vae=vae).LATENT
    assert latent["samples"].shape == (2, 3, 5, 7)
    assert latent["samples"].amin() < 0
    for node, more in (("VAEDecode", {}), ("VAEDecodeTiled", {"tile_size": 64})):
        torch.testing.assert_close(call(node, samples=latent, vae=vae, **more).IMAGE, pixels[..., :3])
    tiled = call("VAEEncodeTiled", pixels=pixels, vae=vae, tile_size=64).LATENT
    assert torch.equal(tiled["samples"], latent["samples"])


def test_values_outside_are_cut(vae: PixelSpace) -> None:
    assert vae.decode(torch.full((1, 3, 1, 1), 9.0)).unique().tolist() == [1.0]


def test_what_does_not_fit_is_a_sentence(vae: PixelSpace) -> None:
    with pytest.raises(ModelError, match="latents of 3 channels"):
        vae.decode(torch.rand(1, 4, 8, 8))
    with pytest.raises(ModelError, match="B,H,W,3"):
        vae.encode(torch.rand(1, 8, 8, 1))
    with pytest.raises(ModelError, match="no weights"):
        call("VAESave", vae=vae)
