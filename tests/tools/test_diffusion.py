"""The painter's loss is zero for whoever knows the noise, and depends on the step alone."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tools.default_model.diffusion import (
    RECIPE,
    SAMPLING,
    Noisy,
    Painter,
    VelocityLoss,
    emphasis,
    lesson_share,
    velocity_error,
)
from tools.default_model.draw import silhouette
from tools.default_model.pictures import scenes
from tools.default_model.scenes import random_landscape, random_pair, random_single
from tools.default_model.text import token_rows

COUNT = 12
LATENTS = np.random.default_rng(0).standard_normal((COUNT, 4, 16, 16)).astype(np.float16)
SCENES = list(scenes(COUNT, 0))


@pytest.fixture(scope="module")
def loss() -> VelocityLoss:
    return VelocityLoss(nn.Module(), lambda step: (LATENTS, SCENES), lesson_share)


def noised(loss: VelocityLoss, step: int) -> Noisy:
    return loss.noised(step, torch.Generator().manual_seed(step))


def test_a_batch_depends_on_its_step_alone(loss: VelocityLoss) -> None:
    assert torch.equal(noised(loss, 4).latents, noised(loss, 4).latents)
    assert torch.equal(noised(loss, 4).rows, noised(loss, 4).rows)
    assert not torch.equal(noised(loss, 4).latents, noised(loss, 5).latents)


def test_noisy_latents_have_the_size_that_the_network_expects(loss: VelocityLoss) -> None:
    assert 0.9 < float(noised(loss, 0).latents.std()) < 1.1


def test_knowing_the_velocity_is_perfect_and_saying_nothing_is_not(loss: VelocityLoss) -> None:
    batch = noised(loss, 1)
    assert velocity_error(batch.velocity, batch)[0] == 0
    assert velocity_error(torch.zeros_like(batch.velocity), batch)[0] > 0.5


def test_the_sampler_gets_the_clean_latent_back_from_the_velocity(loss: VelocityLoss) -> None:
    batch = noised(loss, 2)
    sigma = SAMPLING.sigmas[batch.timesteps]
    noisy = batch.latents * (1 + sigma.reshape(-1, 1, 1, 1) ** 2).sqrt()
    clean = SAMPLING.calculate_denoised(sigma, batch.velocity, noisy)
    torch.testing.assert_close(
        clean, torch.from_numpy(LATENTS[[SCENES.index(scene) for scene in batch.scenes]]).float(), atol=1e-4, rtol=1e-4
    )


def test_some_captions_are_empty(loss: VelocityLoss) -> None:
    empty = token_rows([""])[0]
    rows = torch.cat([noised(loss, step).rows for step in range(20)])
    share = float((rows == empty).all(dim=1).float().mean())
    assert 0.06 < share < 0.2


def test_every_weight_of_the_painter_learns() -> None:
    torch.manual_seed(0)
    painter = Painter()
    value, _ = VelocityLoss(painter, lambda step: (LATENTS, SCENES), lesson_share)(0, torch.Generator().manual_seed(0))
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


def test_things_count_more_than_all_that_is_behind_them_wherever_they_are() -> None:
    rng = random.Random(0)
    for scene in [maker(rng) for _ in range(20) for maker in (random_single, random_pair)]:
        (weights,) = emphasis([scene], 16)[:, 0]
        assert float(weights.mean()) == pytest.approx(1)
        heavy = weights > 1
        assert float(weights[heavy].sum()) == pytest.approx(0.8 * 256)
        shown = np.logical_or.reduce([silhouette(thing) for thing in scene.things])
        covered = shown.reshape(16, 8, 16, 8).any(axis=(1, 3))
        assert not (covered & ~heavy.numpy()).any()


def test_all_of_a_landscape_counts_alike() -> None:
    assert torch.equal(emphasis([random_landscape(random.Random(0))], 16), torch.ones(1, 1, 16, 16))


def test_lessons_come_first_and_end() -> None:
    assert lesson_share(0) == 1
    assert lesson_share(RECIPE.steps) == 0


def test_lessons_are_mostly_blind_and_say_everything(loss: VelocityLoss) -> None:
    def late(step: int) -> float:
        return float(torch.cat([noised(loss, step + n).timesteps for n in range(20)]).float().ge(700).float().mean())

    assert late(0) > 0.75
    assert 0.4 < late(RECIPE.steps) < 0.65


def test_some_steps_teach_larger_pictures_that_are_never_quite_hidden(loss: VelocityLoss) -> None:
    large = np.random.default_rng(1).standard_normal((COUNT, 4, 32, 32)).astype(np.float16)
    both = VelocityLoss(nn.Module(), loss.data, lesson_share, large=lambda step: (large, SCENES))
    batches = [noised(both, step) for step in range(8)]
    sides = [batch.latents.shape[-1] for batch in batches]
    assert sides == [16, 16, 16, 32] * 2
    # As many cells a step, so that every step takes as long.
    assert len({batch.latents[:, 0].numel() for batch in batches}) == 1
    assert all(batch.weights.shape[-1] == side for batch, side in zip(batches, sides, strict=True))
    assert max(int(batch.timesteps.max()) for batch in batches if batch.latents.shape[-1] == 32) < 650
