from __future__ import annotations

import math

import pytest
import torch
from scipy.integrate import quad

from nodes.sampling import model_sampling
from nodes.sampling.samplers.sa_solver import _simple_weights, adams_weights, tau_between

NODES = torch.tensor([-1.0, -0.4, 0.3, 0.9], dtype=torch.float64)
START, END = torch.tensor([0.9, 1.6], dtype=torch.float64)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("tau", [0.0, 0.6, 1.0])
def test_weights_integrate_polynomials_exactly(count, tau):
    m, nodes = 1 + tau**2, NODES[-count:]
    weights = adams_weights(nodes, START, END, m)
    for power in range(count):
        exact, _ = quad(lambda v, p=power: m * math.exp(m * (v - 1.6)) * v**p, 0.9, 1.6)
        assert float(weights @ nodes**power) == pytest.approx(exact)


@pytest.mark.parametrize("corrects", [False, True])
def test_simple_weights_approach_the_full_ones_for_short_steps(corrects):
    differences = []
    for h in (0.1, 0.05):
        start = torch.tensor(0.9, dtype=torch.float64)
        nodes = torch.stack([start, start + h]) if corrects else torch.stack([start - h, start])
        simple = _simple_weights(nodes, start, start + h, 1.5, corrects)
        full = adams_weights(nodes, start, start + h, 1.5)
        assert float(simple.sum()) == pytest.approx(float(full.sum()))
        differences.append(float((simple - full).abs().max()))
    assert math.log2(differences[0] / differences[1]) > 1.8


def test_tau_is_eta_between_two_shares_of_the_sampling():
    model = model_sampling.discrete()
    tau = tau_between(model, 0.2, 0.8, 0.5)
    inside, above, below = (model.percent_to_sigma(percent) for percent in (0.5, 0.1, 0.9))
    assert [tau(torch.tensor(sigma)) for sigma in (inside, above, below)] == [0.5, 0.0, 0.0]
