from __future__ import annotations

import math

import pytest
import torch

from graphcore.errors import RunError
from nodes.sampling import model_sampling
from nodes.sampling.samplers.dpm_solver import StepSize, dpm_adaptive, dpm_fast

MODEL = model_sampling.discrete()
SIGMAS = torch.tensor([8.0, 1.0, 0.1, 0.0], dtype=torch.float64)
X = torch.linspace(-20, 20, 64, dtype=torch.float64).reshape(1, 4, 4, 4)


def error_of(result, denoiser):
    return float((result - denoiser.exact(X, 8.0, 0.1)).norm() / result.norm())


@pytest.mark.parametrize("order", [2, 3])
def test_a_smaller_tolerance_costs_calls_and_gains_precision(order, gaussian, noise_source):
    runs = []
    for rtol in (0.05, 0.0005):
        denoiser = gaussian(MODEL)
        result = dpm_adaptive(denoiser, X, SIGMAS, noise=None, order=order, rtol=rtol, atol=rtol / 10)
        runs.append((len(denoiser.calls), error_of(result, denoiser)))
    (calls, error), (more_calls, smaller_error) = runs
    assert more_calls > calls
    assert smaller_error < min(error, 0.002)


@pytest.mark.parametrize("order", [2, 3])
def test_neighbouring_orders_share_their_model_calls(order, gaussian):
    denoiser, steps = gaussian(MODEL), []
    dpm_adaptive(denoiser, X, SIGMAS, noise=None, order=order, callback=lambda step, *rest: steps.append(step))
    assert len(denoiser.calls) == order * len(steps)
    assert steps == list(range(len(steps)))


def test_ancestral_noise_is_added_to_accepted_steps(gaussian, noise_source):
    torch.manual_seed(0)
    x = torch.randn(2, 4, 3, 3, dtype=torch.float64) * 8
    source = noise_source(1)
    plain = dpm_adaptive(gaussian(MODEL), x, SIGMAS, noise=source, eta=0.0)
    noisy = dpm_adaptive(gaussian(MODEL), x, SIGMAS, noise=source, eta=1.0)
    silent = dpm_adaptive(gaussian(MODEL), x, SIGMAS, noise=source, eta=1.0, s_noise=0.0)
    assert not torch.allclose(noisy, plain)
    assert float(silent.std()) < float(noisy.std())


def test_dpm_fast_with_ancestral_noise_keeps_the_distribution(gaussian):
    torch.manual_seed(0)
    x = torch.randn(1, 4, 64, 64) * 8
    generator = torch.Generator().manual_seed(1)
    sigmas = torch.linspace(math.log(8), math.log(0.05), 91).exp()
    denoiser = gaussian(MODEL)
    result = dpm_fast(denoiser, x, sigmas, noise=lambda *_: torch.randn(x.shape, generator=generator), eta=1.0)
    assert float(result.std()) == pytest.approx(denoiser.std, abs=0.03)
    assert len(denoiser.calls) == 90


@pytest.mark.parametrize("calls", range(1, 10))
def test_dpm_fast_makes_as_many_calls_as_steps(calls, gaussian):
    denoiser = gaussian(MODEL)
    dpm_fast(denoiser, X, torch.linspace(8, 0.1, calls + 1, dtype=torch.float64), noise=None)
    assert len(denoiser.calls) == calls


def test_predictions_that_are_not_finite_are_reported_instead_of_looping():
    class Broken:
        model_sampling = MODEL

        def __call__(self, x, sigma):
            return x * math.nan

    with pytest.raises(RunError, match="not finite"):
        dpm_adaptive(Broken(), X, SIGMAS, noise=None)


def test_step_size_controller():
    steady = StepSize(0.1, 0.0, 1.0, 0.0, 3, 0.81)
    assert steady.accept(1.0)
    assert steady.h == pytest.approx(0.1)
    assert steady.accept(1e-3)
    assert steady.h == pytest.approx(0.1 * (1 + math.atan(9)), rel=1e-3)
    shrunk = steady.h
    assert not steady.accept(27.0)
    assert steady.h == pytest.approx(shrunk * (1 + math.atan(1 / 3 - 1)), rel=1e-6)


def test_step_size_controller_remembers_accepted_errors():
    controller = StepSize(1.0, 0.4, 0.3, 0.2, 2, 0.5)
    controller.accept(0.5)
    before = controller.h
    controller.accept(2.0)
    factor = (1 / 2) ** (0.9 / 2) * 2 ** (-0.8 / 2) * 2 ** (0.2 / 2)
    assert controller.h == pytest.approx(before * (1 + math.atan(factor - 1)), rel=1e-6)
