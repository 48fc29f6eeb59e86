from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nodes.sampling import model_sampling
from nodes.sampling.sigma_tables import (
    Cascade,
    ContinuousEdm,
    ContinuousV,
    Cosmos,
    Discrete,
    Flux,
    ShiftedFlow,
    linear_betas,
    scaled_linear_betas,
    shift_for_tokens,
    sigmas_of_betas,
)

KINDS = ["sd1", "sd2_v", "sd1_zsnr", "flow_1.0", "flow_3.0", "flux_1.15"]
DISCRETE = model_sampling.discrete().table
SMOOTH = [ContinuousEdm(), ContinuousV(), Cosmos(), ShiftedFlow(), ShiftedFlow(1.73, 1.0), ShiftedFlow(1, 1), Flux()]


@pytest.mark.parametrize("kind", KINDS)
def test_ends_and_percent_equal_the_reference(kind, kinds, reference):
    expected, model = reference("sigmas.json")[kind], kinds[kind]
    assert model.sigma_min == pytest.approx(expected["sigma_min"], rel=1e-6)
    assert model.sigma_max == pytest.approx(expected["sigma_max"], rel=1e-6)
    for percent, sigma in expected["percent_to_sigma"].items():
        assert model.percent_to_sigma(float(percent)) == pytest.approx(sigma, rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_timesteps_equal_the_reference(kind, kinds, reference):
    for sigma, timestep in reference("sigmas.json")[kind]["timestep_of_sigma"].items():
        # The figures' sigmas are rounded to six places.
        assert float(kinds[kind].timestep(torch.tensor(float(sigma)))) == pytest.approx(timestep, rel=2e-3, abs=1e-6)


def test_discrete_timesteps_are_integers_of_sigmas_shape():
    timesteps = DISCRETE.timestep(torch.tensor([[14.0, 0.03], [1.0, 2.0]]))
    assert timesteps.shape == (2, 2)
    assert timesteps.dtype == torch.int64


@given(st.integers(0, 999))
def test_discrete_timesteps_and_sigmas_are_inverse(index):
    sigma = DISCRETE.sigmas[index]
    assert int(DISCRETE.timestep(sigma)) == index
    assert float(DISCRETE.sigma(torch.tensor(index))) == pytest.approx(float(sigma), rel=1e-6)


def test_discrete_sigmas_are_interpolated_in_the_logarithm_and_clamped():
    middle = float(DISCRETE.sigma(torch.tensor(10.5)))
    assert middle == pytest.approx(math.sqrt(float(DISCRETE.sigmas[10] * DISCRETE.sigmas[11])), rel=1e-6)
    assert float(DISCRETE.sigma(torch.tensor(5000.0))) == pytest.approx(float(DISCRETE.sigmas[-1]))
    assert float(DISCRETE.sigma(torch.tensor(-3.0))) == pytest.approx(float(DISCRETE.sigmas[0]))


def test_a_distilled_table_knows_every_twentieth_timestep():
    distilled = DISCRETE.distilled()
    assert torch.equal(distilled.sigmas, DISCRETE.sigmas[19::20])
    assert int(distilled.timestep(torch.tensor(14.6))) == 999
    assert int(distilled.timestep(torch.tensor(0.0))) == 19
    for timestep in (19, 499, 999):
        assert float(distilled.sigma(torch.tensor(timestep))) == pytest.approx(float(DISCRETE.sigmas[timestep]))
    assert distilled.percent_to_sigma(0.5) == pytest.approx(
        math.exp(torch.lerp(*DISCRETE.sigmas[[499, 519]].log(), 0.025)), rel=1e-5
    )


def test_betas():
    assert scaled_linear_betas()[[0, -1]].tolist() == pytest.approx([0.00085, 0.012])
    assert linear_betas(0.0001, 0.02)[1].item() == pytest.approx(0.0001 + 0.0199 / 999)
    assert sigmas_of_betas(torch.tensor([0.5, 0.5])).tolist() == pytest.approx([1.0, 3**0.5])


@pytest.mark.parametrize("table", [ContinuousEdm(), ContinuousV(), Cosmos(), Cascade()], ids=repr)
def test_continuous_timesteps_and_sigmas_are_inverse(table):
    sigmas = table.sigmas[10:-10:97]
    torch.testing.assert_close(table.sigma(table.timestep(sigmas)), sigmas, rtol=2e-4, atol=1e-6)


def test_a_flow_timestep_is_the_shifted_sigma_so_that_going_back_shifts_again():
    sigma = torch.tensor(0.5)
    assert float(ShiftedFlow(3.0, 1000.0).timestep(sigma)) == 500
    assert float(ShiftedFlow(3.0, 1000.0).sigma(torch.tensor(500.0))) == pytest.approx(0.75)
    assert float(ShiftedFlow(1.0, 1.0).sigma(sigma)) == 0.5
    assert float(Flux(0.0).sigma(sigma)) == 0.5
    assert float(Flux(1.0).sigma(sigma)) == pytest.approx(math.e / (math.e + 1))


@pytest.mark.parametrize("table", [DISCRETE, Cascade(2.0), *SMOOTH], ids=lambda table: type(table).__name__)
def test_percent_falls_from_above_the_table_to_zero(table):
    sigmas = [table.percent_to_sigma(percent / 20) for percent in range(21)]
    assert all(high > low for high, low in pairwise(sigmas))
    assert sigmas[0] >= float(table.sigmas[-1])
    assert sigmas[-1] == 0.0
    assert float(table.sigmas[0]) < sigmas[10] < float(table.sigmas[-1])


def test_edm_percent_is_linear_in_the_logarithm():
    assert ContinuousEdm(0.01, 100.0).percent_to_sigma(0.5) == pytest.approx(1.0)


def test_continuous_tables_span_their_range():
    torch.testing.assert_close(ContinuousV().sigmas[[0, -1]], torch.tensor([0.03, 500.0]))
    torch.testing.assert_close(ContinuousEdm().sigmas[[0, -1]], torch.tensor([0.002, 120.0]))


def test_cosmos_sigma_stays_finite_at_the_end_of_time():
    assert float(Cosmos(sigma_max=80.0).sigma(torch.tensor(1.0))) == pytest.approx(80.0)


def test_flux_shift_grows_with_the_picture():
    assert Flux.for_size(256, 256).mu == pytest.approx(0.5)
    assert Flux.for_size(1024, 1024).mu == pytest.approx(1.15)


def test_shift_for_tokens_is_linear():
    assert shift_for_tokens(1024, 0.95, 2.05, base_tokens=1024) == pytest.approx(0.95)
    assert shift_for_tokens(2560, 0.95, 2.05, base_tokens=1024) == pytest.approx(1.5)


def test_cascade_shift_moves_the_log_snr():
    t = torch.tensor([0.3, 0.6])
    plain, shifted = Cascade().sigma(t), Cascade(2.0).sigma(t)
    torch.testing.assert_close(shifted, plain * 2)


def test_discrete_timesteps_use_one_copy_of_the_table_per_device():
    table = Discrete.from_sigmas(torch.tensor([0.1, 1.0, 10.0], dtype=torch.float64))
    assert int(table.timestep(torch.tensor(2.0))) == int(table.timestep(torch.tensor(1.5))) == 1
