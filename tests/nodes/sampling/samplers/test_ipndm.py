from __future__ import annotations

import pytest
import torch

from nodes.sampling.samplers.ipndm import ADAMS_BASHFORTH, _uneven_weights


@pytest.mark.parametrize("order", [1, 2, 3])
def test_weights_sum_to_one_step(order):
    sigmas = torch.tensor([9.0, 5.0, 3.5, 1.0, 0.3], dtype=torch.float64)
    assert float(sum(_uneven_weights(sigmas, 3, order))) == pytest.approx(1.0)
    assert sum(ADAMS_BASHFORTH[order - 1]) == pytest.approx(1.0)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_even_steps_have_the_weights_of_even_steps(order):
    sigmas = torch.tensor([4.0, 3.0, 2.0, 1.0, 0.0], dtype=torch.float64)
    assert [float(weight) for weight in _uneven_weights(sigmas, 3, order)] == pytest.approx(ADAMS_BASHFORTH[order - 1])
