"""Whitening changes latents, never pictures."""

from __future__ import annotations

import pytest
import torch
from diffusers import AutoencoderKL
from torch import Tensor
from torch.nn import functional as F

from nodes.sampling.latent_formats import SD1
from tools.default_model.whiten import change_of_basis, whiten


@pytest.fixture(scope="module")
def pixels() -> Tensor:
    coarse = torch.rand(24, 3, 4, 4, generator=torch.Generator().manual_seed(1)) * 2 - 1
    return F.interpolate(coarse, (64, 64), mode="bilinear")


@pytest.fixture
def vae() -> AutoencoderKL:
    torch.manual_seed(0)
    blocks = {"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}
    return AutoencoderKL(block_out_channels=(8, 8, 8, 8), norm_num_groups=2, **blocks).eval()


@torch.no_grad()
def test_pictures_stay_and_latents_become_white(vae: AutoencoderKL, pixels: Tensor) -> None:
    before = vae.decode(vae.encode(pixels).latent_dist.mean).sample
    whiten(vae, pixels)
    posterior = vae.encode(pixels).latent_dist
    torch.testing.assert_close(vae.decode(posterior.mean).sample, before, atol=1e-3, rtol=1e-3)
    rows = SD1.process_in(posterior.mean).movedim(1, -1).flatten(0, -2)
    torch.testing.assert_close(rows.mean(dim=0), torch.zeros(4), atol=1e-3, rtol=0)
    torch.testing.assert_close(rows.T @ rows / len(rows), torch.eye(4), atol=5e-3, rtol=0)


@torch.no_grad()
def test_the_spread_of_the_posterior_is_changed_along(vae: AutoencoderKL, pixels: Tensor) -> None:
    old = vae.encode(pixels).latent_dist
    ratio = old.std.mean() / old.mean.std()
    whiten(vae, pixels)
    new = vae.encode(pixels).latent_dist
    assert 0.2 < (new.std.mean() / new.mean.std()) / ratio < 50
    assert new.std.std(dim=(0, 2, 3)).max() < 1e-4


def test_the_basis_prefers_previews_that_look_like_the_picture() -> None:
    generator = torch.Generator().manual_seed(0)
    colours = torch.rand(2000, 3, generator=generator, dtype=torch.float64) * 2 - 1
    hidden = torch.randn(4, 4, generator=generator, dtype=torch.float64)
    latents = torch.cat([colours, torch.randn(2000, 1, generator=generator)], dim=1) @ hidden + 3
    rows = (latents - latents.mean(dim=0)) @ change_of_basis(latents, colours)
    torch.testing.assert_close(rows.T @ rows / len(rows), torch.eye(4, dtype=torch.float64), atol=1e-6, rtol=0)
    previews = [SD1.preview_image(row.reshape(1, 4, 1, 1)) for row in rows[:200].float()]
    seen = torch.stack([preview.flatten() for preview in previews if preview is not None]).double() / 127.5 - 1
    assert torch.corrcoef(torch.stack([seen.flatten(), colours[:200].flatten()]))[0, 1] > 0.8
