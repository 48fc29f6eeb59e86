"""Our VAEs have diffusers' parameters and give what theirs give."""

from __future__ import annotations

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from nodes.models.vae_keys import VaeShape
from nodes.models.vae_module import VaeModule
from tests.theirs import vae_config


@pytest.mark.parametrize(
    "shape",
    [VaeShape((32, 64), 2, 4, True, True), VaeShape((16, 32, 48), 1, 16, False, False, 8)],
)
def test_both_ways(shape: VaeShape) -> None:
    ours, theirs = VaeModule(shape).eval(), AutoencoderKL(**vae_config(shape)).eval()
    theirs.load_state_dict(ours.state_dict())
    with torch.no_grad():
        pictures = torch.randn(2, 3, 16, 24)
        torch.testing.assert_close(ours.encoder(pictures), theirs.encoder(pictures), rtol=1e-5, atol=1e-5)
        latents = torch.randn(2, shape.latent_channels, 3, 5)
        torch.testing.assert_close(ours.decoder(latents), theirs.decoder(latents), rtol=1e-5, atol=1e-5)


def test_the_published_construction() -> None:
    shape = VaeShape((128, 256, 512, 512), 2, 4, True, True)
    with torch.device("meta"):
        ours, theirs = VaeModule(shape).state_dict(), AutoencoderKL(**vae_config(shape)).state_dict()
    assert {name: tensor.shape for name, tensor in ours.items()} == {name: t.shape for name, t in theirs.items()}
