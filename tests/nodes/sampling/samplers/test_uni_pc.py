from __future__ import annotations

import torch

from nodes.sampling import model_sampling
from nodes.sampling.samplers.uni_pc import above_zero, uni_pc

MODEL = model_sampling.discrete()


def test_a_last_zero_becomes_a_small_sigma():
    sigmas = torch.tensor([2.0, 0.0])
    torch.testing.assert_close(above_zero(sigmas), torch.tensor([2.0, 0.001]))
    assert sigmas[-1] == 0
    kept = torch.tensor([2.0, 1.0])
    assert above_zero(kept) is kept


def test_each_level_but_the_last_is_evaluated_once(gaussian):
    denoiser, sigmas = gaussian(MODEL), torch.tensor([9.0, 5.0, 3.0, 2.0, 1.0, 0.5])
    steps = []
    uni_pc(denoiser, torch.randn(1, 4, 2, 2), sigmas, callback=lambda step, *rest: steps.append(step))
    torch.testing.assert_close(torch.tensor(denoiser.calls), sigmas[:-1])
    assert steps == [0, 1, 2, 3, 4]


def test_one_step_alone_leaves_x_scaled_to_its_level(gaussian):
    x = torch.randn(1, 4, 2, 2)
    result = uni_pc(gaussian(MODEL), x, torch.tensor([2.0, 0.0]))
    torch.testing.assert_close(result, x / 5**0.5)
