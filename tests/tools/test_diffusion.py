"""The painter's loss is zero for whoever knows the noise, and depends on the step alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tools.default_model.diffusion import NoiseLoss, Noisy, Painter, noise_error
from tools.default_model.pictures import scenes
from tools.default_model.text import token_rows

COUNT = 12
LATENTS = np.random.default_rng(0).standard_normal((COUNT, 4, 16, 16)).astype(np.float16)
SCENES = list(scenes(COUNT, 0))


@pytest.fixture(scope="module")
def loss() -> NoiseLoss:
    return NoiseLoss(nn.Module(), lambda step: (LATENTS, SCENES))


def noised(loss: NoiseLoss, step: int) -> Noisy:
    return loss.noised(step, torch.Generator().manual_seed(step))


def test_a_batch_depends_on_its_step_alone(loss: NoiseLoss) -> None:
    assert torch.equal(noised(loss, 4).latents, noised(loss, 4).latents)
    assert torch.equal(noised(loss, 4).rows, noised(loss, 4).rows)
    assert not torch.equal(noised(loss, 4).latents, noised(loss, 5).latents)


def test_noisy_latents_have_the_size_that_the_network_expects(loss: NoiseLoss) -> None:
    assert 0.9 < float(noised(loss, 0).latents.std()) < 1.1


def test_knowing_the_noise_is_perfect_and_saying_nothing_is_not(loss: NoiseLoss) -> None:
    batch = noised(loss, 1)
    assert noise_error(batch.noise, batch)[0] == 0
    assert noise_error(torch.zeros_like(batch.noise), batch)[0] > 1


def test_the_clean_latent_follows_from_latents_noise_and_sigma(loss: NoiseLoss) -> None:
    batch = noised(loss, 2)
    sigma = batch.sigma.reshape(-1, 1, 1, 1)
    clean = batch.latents * (1 + sigma**2).sqrt() - batch.noise * sigma
    torch.testing.assert_close(
        clean, torch.from_numpy(LATENTS[[SCENES.index(scene) for scene in batch.scenes]]).float(), atol=1e-4, rtol=1e-4
    )


def test_some_captions_are_empty(loss: NoiseLoss) -> None:
    empty = token_rows([""])[0]
    rows = torch.cat([noised(loss, step).rows for step in range(20)])
    share = float((rows == empty).all(dim=1).float().mean())
    assert 0.06 < share < 0.2


def test_every_weight_of_the_painter_learns() -> None:
    torch.manual_seed(0)
    painter = Painter()
    value, _ = NoiseLoss(painter, lambda step: (LATENTS, SCENES))(0, torch.Generator().manual_seed(0))
    torch.autograd.backward(value)
    idle = [name for name, weight in painter.named_parameters() if weight.grad is None]
    assert not idle


def test_the_caption_changes_what_is_predicted() -> None:
    torch.manual_seed(0)
    painter = Painter().eval()

    def predicted(caption: str) -> Tensor:
        noise: Tensor = painter(torch.ones(1, 4, 16, 16), torch.tensor([500]), token_rows([caption]))
        return noise

    with torch.no_grad():
        assert not torch.equal(predicted("a red circle"), predicted("a blue square"))
