from __future__ import annotations

import torch

from nodes.sampling import model_sampling
from nodes.sampling.samplers.heun import heun, heunpp2

MODEL = model_sampling.discrete()
SIGMAS = torch.tensor([8.0, 4.0, 2.0, 1.0, 0.0])


def test_heunpp2_draws_once_a_step_even_without_churn(gaussian):
    draws = []

    def churn_noise(x):
        draws.append(x)
        return torch.zeros_like(x)

    x = torch.randn(1, 4, 2, 2)
    heunpp2(gaussian(MODEL), x, SIGMAS, churn_noise=churn_noise)
    assert len(draws) == 4
    heunpp2(gaussian(MODEL), x, SIGMAS, s_churn=1.0, churn_noise=churn_noise)
    assert len(draws) == 8


def test_churn_raises_the_sigma_of_the_first_call(gaussian):
    for sampler in (heun, heunpp2):
        denoiser = gaussian(MODEL)
        sampler(denoiser, torch.randn(1, 4, 2, 2), SIGMAS, s_churn=0.4)
        torch.testing.assert_close(torch.tensor(denoiser.calls[:2]), torch.tensor([8.8, 4.0]))


def test_heunpp2_weighs_slopes_by_sigma():
    class Constant:
        model_sampling = MODEL

        def __call__(self, x, sigma):
            # The slope (x - D) / sigma is sigma itself.
            return x - sigma.reshape(-1, 1, 1, 1) ** 2

    x = torch.zeros(1, 1, 1, 1)
    # From 8 to 4 with slopes at 8, 4 and 2 ahead; the last level is 1.
    first = (1 - (4 + 2) / 24) * 8 + 4 / 24 * 4 + 2 / 24 * 2
    second = (1 - 2 / 16) * 4 + 2 / 16 * 2
    result = heunpp2(Constant(), x, torch.tensor([8.0, 4.0, 2.0, 1.0]))
    torch.testing.assert_close(result.item(), -4 * first - 2 * second - 1 * 2.0)
