from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from graphcore.errors import RunError, UserError
from nodes.sampling import model_sampling, schedules
from nodes.sampling.schedules import SCHEDULES, schedule_sigmas

FUNCTIONS = {
    "KarrasScheduler": schedules.karras_sigmas,
    "ExponentialScheduler": schedules.exponential_sigmas,
    "PolyexponentialScheduler": schedules.polyexponential_sigmas,
    "LaplaceScheduler": schedules.laplace_sigmas,
}


def test_names_are_the_fields_in_its_order():
    names = "simple sgm_uniform karras exponential ddim_uniform beta normal linear_quadratic kl_optimal"
    assert list(SCHEDULES) == names.split()


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("kind", ["sd1", "sd2_v", "sd1_zsnr", "flow_1.0", "flow_3.0", "flux_1.15"])
def test_schedules_equal_the_reference(kind, name, kinds, reference):
    for steps, expected in reference("sigmas.json")[kind]["schedulers"][name].items():
        sigmas = schedule_sigmas(kinds[kind], name, int(steps))
        torch.testing.assert_close(sigmas, torch.tensor(expected), rtol=1e-6, atol=1e-8, equal_nan=True)


def test_schedule_nodes_equal_the_reference(reference):
    cases = [case for case in reference("nodes.json") if case["node"] in FUNCTIONS]
    assert {case["node"] for case in cases} == set(FUNCTIONS)
    for case in cases:
        sigmas = FUNCTIONS[case["node"]](**case["inputs"])
        torch.testing.assert_close(sigmas, torch.tensor(case["outputs"][0]), rtol=1e-6, atol=1e-7)


@given(
    kind=st.sampled_from([model_sampling.discrete(), model_sampling.flow(), model_sampling.flux()]),
    name=st.sampled_from(list(SCHEDULES)),
    steps=st.integers(2, 60),
)
def test_sigmas_fall_to_zero(kind, name, steps):
    sigmas = schedule_sigmas(kind, name, steps)
    assert sigmas.dtype == torch.float32
    assert (sigmas.diff() < 0).all()
    assert sigmas[-1] == 0
    assert sigmas[0] <= kind.sigma_max * (1 + 1e-6)


def test_ddim_uniform_may_give_another_number_of_steps():
    assert len(schedules.ddim_uniform(model_sampling.discrete(), 30)) == 32 + 1 - 1
    assert schedules.ddim_uniform(model_sampling.discrete(), 1).tolist() == pytest.approx([0.04131441, 0.0])


def test_beta_leaves_out_repeated_entries():
    steps = 900
    sigmas = schedules.beta(model_sampling.discrete(), steps)
    assert len(sigmas) < steps + 1
    assert (sigmas.diff() < 0).all()


def test_beta_follows_its_parameters():
    model = model_sampling.discrete()
    uniform = schedules.beta(model, 4, 1.0, 1.0)
    torch.testing.assert_close(uniform[:-1], model.sigmas[[999, 749, 500, 250]])


def test_vp_is_the_variance_preserving_schedule():
    sigmas = schedules.vp_sigmas(3, beta_d=19.9, beta_min=0.1, eps_s=0.001)
    # sigma**2 + 1 = exp(beta_d t**2 / 2 + beta_min t)
    t = torch.tensor([1.0, 0.5005, 0.001])
    torch.testing.assert_close((sigmas[:-1] ** 2 + 1).log(), 19.9 * t**2 / 2 + 0.1 * t)
    assert sigmas[-1] == 0


def test_packs_can_add_a_schedule(monkeypatch):
    monkeypatch.setitem(SCHEDULES, "mine", lambda model, steps: torch.tensor([model.sigma_max, 0.0]))
    assert len(schedule_sigmas(model_sampling.flow(), "mine", 7)) == 2


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(UserError, match="Did you mean 'karras'"):
        schedule_sigmas(model_sampling.discrete(), "karas", 4)


@pytest.mark.parametrize(("alpha", "beta"), [(0.0, 0.6), (0.6, 0.0)])
def test_a_beta_distribution_needs_two_parameters_above_0(alpha: float, beta: float) -> None:
    with pytest.raises(RunError, match="both alpha and beta must be above 0"):
        schedules.beta(model_sampling.discrete(), 4, alpha, beta)
