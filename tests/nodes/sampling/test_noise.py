from __future__ import annotations

import pytest
import torch

from nodes.sampling.noise import brownian_noise, gaussian_noise, initial_noise, no_noise

LATENT = torch.zeros(3, 4, 5, 6)
SIGMAS = torch.tensor([14.614643, 5.0, 1.0, 0.0291671775, 0.0])


def test_initial_noise_is_one_draw_of_the_global_generator():
    noise = initial_noise(LATENT, 42)
    after = torch.randn(2)
    generator = torch.Generator().manual_seed(42)
    assert torch.equal(noise, torch.randn(LATENT.shape, generator=generator))
    assert torch.equal(after, torch.randn(2, generator=generator))


def test_batch_index_gives_each_item_the_noise_of_its_place():
    batch = torch.cat([initial_noise(LATENT[:1], 5, [index]) for index in range(4)])
    assert torch.equal(initial_noise(LATENT, 5, [3, 0, 3]), batch[[3, 0, 3]])
    assert not torch.equal(batch[0], batch[1])


def test_the_first_step_noise_equals_the_initial_noise_on_the_cpu():
    noise = gaussian_noise(LATENT, 9)
    assert torch.equal(noise(SIGMAS[0], SIGMAS[1]), initial_noise(LATENT, 9))
    assert not torch.equal(noise(SIGMAS[0], SIGMAS[1]), initial_noise(LATENT, 9))


def test_step_noise_leaves_the_global_generator_alone():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    gaussian_noise(LATENT, 9)(SIGMAS[0], SIGMAS[1])
    brownian_noise(LATENT, SIGMAS, 9)(SIGMAS[0], SIGMAS[1])
    assert torch.equal(torch.get_rng_state(), before)


def test_brownian_increments_add_up():
    noise = brownian_noise(LATENT, SIGMAS, 3)
    high, middle, low = SIGMAS[:3]

    def increment(a, b):
        return noise(a, b) * (a - b).sqrt()

    torch.testing.assert_close(increment(high, low), increment(high, middle) + increment(middle, low))


def test_brownian_noise_has_unit_variance_and_depends_on_the_seed_alone():
    x = torch.zeros(1, 4, 40, 40)
    noise, again = brownian_noise(x, SIGMAS, 2**63 + 5), brownian_noise(x, SIGMAS, 2**63 + 5)
    again(SIGMAS[1], SIGMAS[2])
    assert torch.equal(noise(SIGMAS[0], SIGMAS[1]), again(SIGMAS[0], SIGMAS[1]))
    assert float(noise(SIGMAS[0], SIGMAS[1]).std()) == pytest.approx(1, abs=0.05)


def test_brownian_noise_turns_its_sign_with_the_direction():
    noise = brownian_noise(LATENT, SIGMAS, 3)
    assert torch.equal(noise(SIGMAS[1], SIGMAS[2]), -noise(SIGMAS[2], SIGMAS[1]))
    assert not noise(SIGMAS[1], SIGMAS[1]).any()


def test_brownian_noise_is_only_made_when_asked_for():
    brownian_noise(LATENT, torch.tensor([0.0]), 3)  # has no range to be made over


def test_a_sampler_declared_without_noise_cannot_ask_for_it():
    with pytest.raises(RuntimeError, match="Declare its noise kind"):
        no_noise(SIGMAS[0], SIGMAS[1])
