"""What holds for every sampler, and what relates them."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from graphcore.errors import UserError
from nodes.sampling import model_sampling
from nodes.sampling.samplers import SAMPLERS, find_sampler
from nodes.sampling.schedules import karras_sigmas

MODEL, FLOW = model_sampling.discrete(), model_sampling.flow()
RESULTS = load_file(Path(__file__).parents[3] / "reference" / "sampling" / "results.safetensors")
RUNS = sorted(set(RESULTS) - {"noise"})
KINDS = {"sd1": MODEL, "flow_3.0": FLOW}
PURE_ODE = {"eta": 0.0}
NO_TAU = {"tau": lambda sigma: 0.0}


def test_names_are_the_fields_in_its_order(reference):
    order = [key.split("/")[2] for key in reference("calls.json") if key.startswith("sd1/")]
    assert list(SAMPLERS) == order
    assert len(SAMPLERS) == 42
    assert all(sampler.name == name for name, sampler in SAMPLERS.items())


def spelled(value: object) -> str:
    """A value in a test's name: the same in every process, so without addresses."""
    return re.sub(r" at 0x\w+", "", str(value))


@pytest.mark.parametrize("run", RUNS)
def test_samplers_equal_the_reference(run, gaussian, reference):
    kind, _, name = run.split("/")
    expected, sampler, denoiser = reference("calls.json")[run], SAMPLERS[name], gaussian(KINDS[kind])
    sigmas, noise = torch.tensor(expected["sigmas"]), RESULTS["noise"]
    x = KINDS[kind].noise_scaling(sigmas[0], noise, torch.zeros_like(noise), True)
    steps = []
    result = sampler(
        denoiser,
        x,
        sigmas,
        noise=sampler.step_noise(x, sigmas, 7),
        callback=lambda step, denoised, x, total: steps.append((step, total)),
    )
    torch.testing.assert_close(torch.tensor(denoiser.calls), torch.tensor(expected["calls"]), rtol=1e-6, atol=0)
    assert float((result - RESULTS[run]).norm() / RESULTS[run].norm()) < 2e-6
    assert [step for step, _ in steps] == list(range(len(steps)))
    assert {total for _, total in steps} == {12}
    assert len(steps) == 12 or name in {"dpm_fast", "dpm_adaptive"}


def relative_error(gaussian, name, model, sigmas, **options):
    """Of a run in float64 against the exact solution of the probability-flow ODE."""
    denoiser = gaussian(model, uncond_scale=1.0)
    sampler = SAMPLERS[name].with_options(**options)
    sigmas = sampler.prepare(sigmas)
    torch.manual_seed(0)
    x = torch.randn(2, 4, 3, 3, dtype=torch.float64) * float(sigmas[0])
    result = sampler(denoiser, x, sigmas, noise=lambda sigma, sigma_next: torch.zeros_like(x))
    # The SA solvers return the last corrected state: one level above the end, unless the end is 0.
    end = sigmas[-2] if name.startswith("sa_solver") else sigmas[-1]
    exact = denoiser.exact(x, float(sigmas[0]), float(end))
    return float((result - exact).norm() / exact.norm())


def descending(first: float, last: float, steps: int) -> torch.Tensor:
    ramp = torch.linspace(0, 1, steps + 1, dtype=torch.float64)
    return (first ** (1 / 3) + ramp * (last ** (1 / 3) - first ** (1 / 3))) ** 3


ORDERS = [
    ("euler", 1, {}),
    ("ddim", 1, {}),
    ("euler_ancestral", 1, PURE_ODE),
    ("euler_cfg_pp", 1, {}),
    ("heun", 2, {}),
    ("dpm_2", 2, {}),
    ("dpm_2_ancestral", 2, PURE_ODE),
    ("lms", 2, {}),
    ("lms", 2, {"order": 2}),
    ("dpm_fast", 2, {}),
    ("dpmpp_2s_ancestral", 2, PURE_ODE),
    ("dpmpp_sde", 2, PURE_ODE),
    ("dpmpp_sde", 2, {"eta": 0.0, "r": 0.3}),
    ("dpmpp_2m", 2, {}),
    ("dpmpp_2m_cfg_pp", 2, {}),
    ("dpmpp_2m_sde", 2, PURE_ODE),
    ("dpmpp_2m_sde_heun", 2, PURE_ODE),
    ("dpmpp_3m_sde", 2, PURE_ODE),
    ("ipndm_v", 2, {"max_order": 2}),
    ("ipndm_v", 2, {"max_order": 3}),
    ("res_multistep", 2, {}),
    ("seeds_2", 2, PURE_ODE),
    ("seeds_3", 3, PURE_ODE),
    ("sa_solver", 2, NO_TAU),
    ("sa_solver", 2, {**NO_TAU, "predictor_order": 2, "corrector_order": 2, "simple_order_2": True}),
    ("sa_solver", 1, {**NO_TAU, "predictor_order": 1, "corrector_order": 0}),
    ("sa_solver_pece", 2, NO_TAU),
    ("uni_pc", 2, {}),
    ("uni_pc_bh2", 2, {}),
]
"""Order of the whole run: multistep samplers start, and some end, with a step of order 1."""


@pytest.mark.parametrize(("name", "order", "options"), ORDERS, ids=spelled)
def test_ode_samplers_converge_at_their_order(name, order, options, gaussian):
    errors = [relative_error(gaussian, name, MODEL, descending(5.0, 0.2, steps), **options) for steps in (24, 48)]
    assert errors[1] < 0.02
    assert math.log2(errors[0] / errors[1]) > order - 0.4


@pytest.mark.parametrize(
    ("name", "order", "options"),
    ORDERS,
    ids=spelled,
)
def test_they_do_so_for_flow_models(name, order, options, gaussian):
    errors = [relative_error(gaussian, name, FLOW, descending(0.95, 0.1, steps), **options) for steps in (24, 48)]
    assert errors[1] < 0.02
    assert math.log2(errors[0] / errors[1]) > order - 0.4


@pytest.mark.parametrize("name", ["ipndm", "deis", "gradient_estimation", "heunpp2", "er_sde", "dpm_adaptive"])
def test_the_others_come_close_to_the_exact_solution(name, gaussian):
    options = {
        "er_sde": {"s_noise": 0.0, "noise_scaler": lambda v: v},
        "dpm_adaptive": {"rtol": 1e-3, "atol": 1e-4},
    }
    assert relative_error(gaussian, name, MODEL, descending(5.0, 0.2, 48), **options.get(name, {})) < 0.02


STEPS = 100
UNFAITHFUL = {"lcm", "dpmpp_2s_ancestral_cfg_pp"}  # by design: consistency jumps, and guidance that adds to x
UNFAITHFUL_TO_FLOW = {"ddpm", "res_multistep_ancestral", "res_multistep_ancestral_cfg_pp"}  # take it for the others
STOCHASTIC = [
    (name, model)
    for name, sampler in SAMPLERS.items()
    for model in (MODEL, FLOW)
    if sampler.noise != "none" and name not in UNFAITHFUL | (UNFAITHFUL_TO_FLOW if model.is_flow else set())
]


@pytest.mark.parametrize(("name", "model"), STOCHASTIC, ids=lambda value: str(getattr(value, "is_flow", value)))
def test_stochastic_samplers_give_the_datas_distribution(name, model, gaussian):
    sampler, denoiser = SAMPLERS[name], gaussian(model, uncond_scale=1.0)
    sigmas = karras_sigmas(STEPS, 0.01, 0.99 if model is FLOW else 20.0)
    torch.manual_seed(3)
    noise = torch.randn(1, 4, 64, 64)
    x = model.noise_scaling(sigmas[0], noise, torch.full_like(noise, denoiser.mean))
    result = sampler(denoiser, x, sigmas, noise=sampler.step_noise(x, sigmas, 4))
    assert float(result.mean()) == pytest.approx(denoiser.mean, abs=0.04)
    assert float(result.std()) == pytest.approx(denoiser.std, abs=0.04)


@pytest.mark.parametrize(
    "name",
    ["dpmpp_sde", "dpmpp_2m_sde", "dpmpp_2m_sde_heun", "dpmpp_3m_sde", "er_sde", "seeds_2", "seeds_3", "sa_solver"],
)
def test_half_log_snr_samplers_do_not_care_how_noise_is_mixed(name, gaussian, noise_source):
    """x = s * n + (1 - s) * z is (1 - s) * (v * n + z) with v = s / (1 - s), so one run maps onto the other."""
    flow = descending(0.95, 0.05, 12)
    torch.manual_seed(0)
    x = torch.randn(2, 4, 3, 3, dtype=torch.float64) * 10
    options = {"tau": lambda sigma: 0.7} if name == "sa_solver" else {}
    sampler = SAMPLERS[name].with_options(**options)
    added = sampler(gaussian(MODEL), x, flow / (1 - flow), noise=noise_source(1))
    mixed = sampler(gaussian(FLOW), x * (1 - flow[0]), flow, noise=noise_source(1))
    torch.testing.assert_close(mixed, added * (1 - flow[-2 if name == "sa_solver" else -1]), rtol=1e-6, atol=1e-7)


SAME = [
    ("euler", {}, "euler_ancestral", PURE_ODE),
    ("euler", {}, "gradient_estimation", {"ge_gamma": 1.0}),
    ("euler", {}, "ipndm", {"max_order": 1}),
    ("euler", {}, "lms", {"order": 1}),
    ("euler", {}, "euler_cfg_pp", {}),
    ("dpm_2", {}, "dpm_2_ancestral", PURE_ODE),
    ("dpmpp_2m", {}, "dpmpp_2m_cfg_pp", {}),
    ("dpmpp_2m", {}, "dpmpp_2m_sde", PURE_ODE),
    ("euler_ancestral", {}, "euler_ancestral_cfg_pp", {}),
    ("res_multistep_ancestral", {}, "res_multistep_ancestral_cfg_pp", {}),
    ("res_multistep", {}, "res_multistep_ancestral", PURE_ODE),
    ("gradient_estimation", {}, "gradient_estimation_cfg_pp", {}),
]


@pytest.mark.parametrize(("one", "options", "other", "other_options"), SAME)
def test_samplers_that_must_agree_when_guidance_does_nothing(
    one, options, other, other_options, gaussian, noise_source
):
    sigmas = torch.cat([descending(8.0, 0.1, 9), torch.zeros(1, dtype=torch.float64)])
    torch.manual_seed(0)
    x = torch.randn(2, 4, 3, 3, dtype=torch.float64) * 8

    def run(name, options):
        sampler = SAMPLERS[name].with_options(**options)
        return sampler(gaussian(MODEL, uncond_scale=1.0), x, sigmas, noise=noise_source(1))

    torch.testing.assert_close(run(one, options), run(other, other_options), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("model", [MODEL, FLOW], ids=["sigma", "flow"])
@pytest.mark.parametrize("name", SAMPLERS)
def test_no_step_one_step_and_two(name, model, gaussian):
    sampler = SAMPLERS[name]
    torch.manual_seed(0)
    x, top = torch.randn(1, 4, 3, 3), model.sigma_max
    for sigmas in ([top], [0.0], [top, 0.0], [top, top / 2], [top, top / 3, 0.0]):
        sigmas = sampler.prepare(torch.tensor(sigmas))
        result = sampler(gaussian(model), x, sigmas, noise=sampler.step_noise(x, sigmas, 1))
        assert result.shape == x.shape
        assert result.isfinite().all()
        if len(sigmas) == 1:
            assert torch.equal(result, x)


@pytest.mark.parametrize("name", SAMPLERS)
def test_samplers_change_neither_x_nor_sigmas(name, gaussian):
    sampler, x = SAMPLERS[name], torch.full((1, 4, 3, 3), 0.5)
    sigmas = torch.tensor([1.0, 0.7, 0.4, 0.2, 0.0])
    sampler(gaussian(FLOW), x, sigmas, noise=sampler.step_noise(x, sigmas, 1))
    assert (x == 0.5).all()
    assert sigmas.tolist() == pytest.approx([1.0, 0.7, 0.4, 0.2, 0.0])


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name not in {"dpm_adaptive"}])
def test_any_shape_of_latent(name, gaussian):
    sampler, sigmas = SAMPLERS[name], torch.tensor([3.0, 1.0, 0.5, 0.2, 0.0])
    for shape in ([2, 3, 5], [2, 3, 2, 4, 4]):
        torch.manual_seed(0)
        x = torch.randn(shape)
        result = sampler(gaussian(MODEL), x, sigmas, noise=sampler.step_noise(x, sigmas, 1))
        assert result.shape == x.shape


def test_cfg_plus_plus_samplers_say_that_they_need_the_unprompted_prediction():
    assert {name for name, sampler in SAMPLERS.items() if sampler.needs_uncond} == {
        name for name in SAMPLERS if "cfg_pp" in name
    }


def test_the_samplers_that_discard_the_penultimate_sigma():
    discarding = {name for name, sampler in SAMPLERS.items() if sampler.discard_penultimate}
    assert discarding == {"dpm_2", "dpm_2_ancestral", "uni_pc", "uni_pc_bh2"}


def test_an_unknown_name_suggests_the_nearest():
    assert find_sampler("heun") is SAMPLERS["heun"]
    with pytest.raises(UserError, match="Did you mean 'dpmpp_2m'"):
        find_sampler("dpmp_2m")


@pytest.mark.parametrize("model", [MODEL, FLOW], ids=["sigma", "flow"])
@pytest.mark.parametrize("name", [name for name in SAMPLERS if name != "dpm_adaptive"])
def test_only_scalars_mix_with_x_from_the_cpu(name, model):
    """x on another device (here one without storage) works, and no step waits for a value to come back from it."""

    class OnDevice:
        model_sampling = model

        def __call__(self, x, sigma):
            assert sigma.device == x.device
            return x * 0.5

        def with_uncond(self, x, sigma):
            return self(x, sigma), x * 0.25

    x, sigmas = torch.empty(2, 4, 3, 3, device="meta"), torch.tensor([1.0, 0.8, 0.6, 0.4, 0.2, 0.0])
    result = SAMPLERS[name](OnDevice(), x, sigmas, noise=lambda sigma, sigma_next: torch.empty_like(x))
    assert result.device == x.device
    assert result.dtype == torch.float32
