from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nodes.sampling import model_sampling
from nodes.sampling.samplers.steps import (
    HalfLogSnr,
    ancestral_step,
    churned,
    flow_ancestral_step,
    log_midpoint,
    offset_first_sigma,
)


def double(value: float) -> torch.Tensor:
    return torch.tensor(value, dtype=torch.float64)


@given(st.floats(0.1, 20), st.floats(0.01, 0.99), st.floats(0, 1))
def test_an_ancestral_step_arrives_at_the_next_sigma(sigma, share, eta):
    down, up = ancestral_step(double(sigma), double(sigma * share), eta)
    assert math.hypot(float(down), float(up)) == pytest.approx(sigma * share)
    assert float(down) <= sigma * share


def test_an_ancestral_step_never_adds_more_than_the_next_sigma():
    down, up = ancestral_step(double(10.0), double(9.0), 50.0)
    assert (float(down), float(up)) == (0.0, 9.0)


def test_an_ancestral_step_from_infinity_keeps_the_next_sigma():
    down, up = ancestral_step(double(math.inf), double(3.0), 1.0)
    assert (float(down), float(up)) == (0.0, 3.0)


@given(st.floats(0.2, 1), st.floats(0.01, 0.95), st.floats(0, 1))
def test_a_flow_ancestral_step_arrives_at_the_next_mixture(sigma, share, eta):
    sigma_next = sigma * share
    down, scale, up = flow_ancestral_step(double(sigma), double(sigma_next), eta)
    assert float(scale * (1 - down)) == pytest.approx(1 - sigma_next)  # the data's share
    assert math.hypot(float(scale * down), float(up)) == pytest.approx(sigma_next, abs=1e-7)


def test_no_eta_is_no_noise():
    assert float(ancestral_step(double(2.0), double(1.0), 0.0)[1]) == 0.0
    assert float(flow_ancestral_step(torch.tensor(0.9), torch.tensor(0.7), 0.0)[2]) == 0.0


def test_churn_raises_sigma_within_its_limits():
    x, sigma, calls = torch.zeros(2, 3), torch.tensor(2.0), []

    def churn_noise(like):
        calls.append(like)
        return torch.ones_like(like)

    noised, sigma_hat = churned(x, sigma, 10, s_churn=1.0, s_noise=3.0, churn_noise=churn_noise)
    assert float(sigma_hat) == pytest.approx(2.2)
    torch.testing.assert_close(noised, torch.full((2, 3), 3 * math.sqrt(2.2**2 - 2**2)))
    assert float(churned(x, sigma, 10, s_churn=100.0, churn_noise=churn_noise)[1]) == pytest.approx(2 * 2**0.5)
    assert len(calls) == 2
    for options in ({"s_churn": 0.0}, {"s_churn": 1.0, "s_tmin": 2.1}, {"s_churn": 1.0, "s_tmax": 1.9}):
        assert churned(x, sigma, 10, churn_noise=churn_noise, **options)[0] is x
    assert len(calls) == 2


@given(st.floats(0.001, 0.999))
def test_half_log_snr_and_sigma_are_inverse(sigma):
    for model in (model_sampling.discrete(), model_sampling.flow()):
        snr, s = HalfLogSnr(model), double(sigma)
        assert float(snr.sigma(snr.of(s))) == pytest.approx(sigma)
        assert float(snr.alpha(s) / s) == pytest.approx(math.exp(float(snr.of(s))))


def test_a_first_flow_sigma_of_one_is_moved():
    flow, sigmas = model_sampling.flow(), torch.tensor([1.0, 0.5, 0.0])
    moved = offset_first_sigma(sigmas, flow)
    assert moved.tolist() == pytest.approx([flow.percent_to_sigma(1e-4), 0.5, 0.0])
    assert sigmas[0] == 1.0
    assert offset_first_sigma(sigmas[1:], flow).tolist() == [0.5, 0.0]
    assert offset_first_sigma(sigmas[:1], flow).tolist() == [1.0]
    assert offset_first_sigma(sigmas, model_sampling.discrete()) is sigmas


def test_log_midpoint_is_the_geometric_mean():
    assert float(log_midpoint(double(8.0), double(2.0))) == pytest.approx(4.0)
