from __future__ import annotations

import torch

from nodes.sampling import model_sampling
from nodes.sampling.samplers.consistency import lcm_upscale

MODEL = model_sampling.discrete()
SIGMAS = torch.tensor([9.0, 4.0, 2.0, 1.0, 0.0])


def sizes(gaussian, **options):
    seen, noised = [], []

    def resize(latent, width, height):
        seen.append((height, width))
        return torch.nn.functional.interpolate(latent, (height, width))

    def fresh_noise(like):
        noised.append(like.shape)
        return torch.ones_like(like)

    result = lcm_upscale(
        gaussian(MODEL), torch.ones(1, 4, 10, 20), SIGMAS, resize=resize, fresh_noise=fresh_noise, **options
    )
    assert len(noised) == 3
    return seen, result


def test_growth_is_spread_over_half_of_the_steps(gaussian):
    seen, result = sizes(gaussian, total_upscale=2.0)
    assert seen == [(15, 30), (20, 40)]
    assert result.shape == (1, 4, 20, 40)


def test_growth_over_a_given_number_of_steps(gaussian):
    assert sizes(gaussian, total_upscale=3.0, upscale_steps=1)[0] == [(30, 60)]
    assert len(sizes(gaussian, total_upscale=3.0, upscale_steps=99)[0]) == 4


def test_no_step_of_growth_keeps_the_size(gaussian):
    seen, result = sizes(gaussian, total_upscale=3.0, upscale_steps=0)
    assert seen == []
    assert result.shape == (1, 4, 10, 20)
