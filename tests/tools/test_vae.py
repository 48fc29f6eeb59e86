"""The VAE's loss looks at the right pixels, and its figures mean what they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tools.default_model.vae import VaeLoss, edges, moved, new_vae, psnr, reconstruct, to_pictures, to_tensor

NUMBERS = np.random.default_rng(0)
PICTURES = NUMBERS.integers(0, 256, (6, 128, 128, 3), dtype=np.uint8)


def test_tensors_and_pictures_are_the_same_thing() -> None:
    assert np.array_equal(to_pictures(to_tensor(PICTURES)), PICTURES)
    assert to_tensor(PICTURES).min() >= -1


def test_psnr() -> None:
    flat = np.full((2, 8, 8, 3), 100, dtype=np.uint8)
    assert psnr(flat, flat + 1) == pytest.approx(20 * np.log10(255))
    assert psnr(flat, flat) > 60


def test_edges_do_not_see_a_shift_of_colour_but_see_blur() -> None:
    picture = to_tensor(PICTURES)
    assert edges(torch.full((1, 3, 8, 8), 0.5)) == 0
    assert edges(F.avg_pool2d(picture, 3, 1, 1) - picture) > 0.1


@pytest.mark.parametrize("seed", range(12))
def test_a_moved_latent_stands_for_the_moved_picture(seed: int) -> None:
    coarse = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    picture = F.interpolate(coarse, (128, 128), mode="nearest")
    latent, target = moved(coarse, picture, torch.Generator().manual_seed(seed))
    assert target.shape[-1] == 8 * latent.shape[-1]
    similar = torch.corrcoef(torch.stack([F.avg_pool2d(target, 8).flatten(), latent.flatten()]))[0, 1]
    assert similar > 0.9


def test_the_loss_is_the_same_for_the_same_step_and_can_be_minimised() -> None:
    torch.manual_seed(0)
    vae = new_vae()
    loss = VaeLoss(vae, PICTURES, PICTURES)
    first, parts = loss(3, torch.Generator().manual_seed(3))
    again, _ = loss(3, torch.Generator().manual_seed(3))
    assert first.item() == pytest.approx(again.item(), rel=1e-2)
    assert set(parts) == {"pixel", "edge", "kl"}
    torch.autograd.backward(first)
    assert all(parameter.grad is not None for parameter in vae.parameters())


def test_reconstructions_have_the_size_of_the_originals() -> None:
    assert reconstruct(new_vae(), PICTURES[:3], batch=2).shape == (3, 128, 128, 3)
