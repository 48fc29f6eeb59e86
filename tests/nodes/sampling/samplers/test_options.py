from __future__ import annotations

import pytest
import torch

from nodes.sampling import model_sampling
from nodes.sampling.samplers import SAMPLERS
from nodes.sampling.samplers.options import (
    er_sde_sampler,
    euler_cfg_pp_sampler,
    lcm_upscale_sampler,
    on_device,
    sa_solver_sampler,
)

MODEL = model_sampling.discrete()
SIGMAS = torch.tensor([9.0, 6.0, 3.0, 1.5, 0.7, 0.2, 0.0])
torch.manual_seed(0)
X = torch.randn(1, 4, 3, 3) * 9


def run(sampler, gaussian, uncond_scale=0.9):
    return sampler(gaussian(MODEL, uncond_scale), X, SIGMAS, noise=sampler.step_noise(X, SIGMAS, 3))


@pytest.mark.parametrize("name", ["dpmpp_sde", "dpmpp_2m_sde", "dpmpp_3m_sde"])
def test_the_noise_device_picks_the_sampler(name):
    assert on_device(name, "cpu") is SAMPLERS[name]
    assert on_device(name, "gpu") is SAMPLERS[f"{name}_gpu"]


def test_default_options_are_the_plain_samplers(gaussian):
    pairs = {
        "er_sde": er_sde_sampler(),
        "sa_solver": sa_solver_sampler(MODEL),
        "sa_solver_pece": sa_solver_sampler(MODEL, use_pece=True),
        "euler_cfg_pp": euler_cfg_pp_sampler(),
    }
    for name, sampler in pairs.items():
        assert torch.equal(run(sampler, gaussian), run(SAMPLERS[name], gaussian)), name


def test_er_sde_kinds(gaussian):
    ode = run(er_sde_sampler("ODE", eta=1.0), gaussian)
    assert torch.equal(run(er_sde_sampler("Reverse-time SDE", eta=0.0), gaussian), ode)
    sde = run(er_sde_sampler("Reverse-time SDE", eta=1.0, s_noise=0.0), gaussian)
    assert not torch.allclose(sde, ode)
    assert not torch.allclose(sde, run(er_sde_sampler(s_noise=0.0), gaussian))


def test_sa_solver_without_eta_is_deterministic(gaussian):
    ode = sa_solver_sampler(MODEL, eta=0.0)
    assert torch.equal(run(ode, gaussian), ode(gaussian(MODEL), X, SIGMAS, noise=None))


def test_sa_solver_is_stochastic_between_the_given_shares_only(gaussian):
    asked = []
    sampler = sa_solver_sampler(MODEL, sde_start_percent=0.0, sde_end_percent=0.5)

    def noise(sigma, sigma_next):
        asked.append(float(sigma_next))
        return torch.zeros_like(X)

    sampler(gaussian(MODEL), X, SIGMAS, noise=noise)
    assert asked == [6.0, 3.0]


def test_the_alternative_euler_cfg_pp_is_euler_when_guidance_does_nothing(gaussian):
    alternative = euler_cfg_pp_sampler("alternative")
    assert alternative.needs_uncond
    torch.testing.assert_close(run(alternative, gaussian, 1.0), run(SAMPLERS["euler"], gaussian))
    assert not torch.allclose(run(alternative, gaussian), run(SAMPLERS["euler"], gaussian))


def test_lcm_upscale_grows_by_the_given_ratio(gaussian):
    def resize(latent, width, height):
        return torch.nn.functional.interpolate(latent, (height, width))

    assert run(lcm_upscale_sampler(resize, 2.0), gaussian).shape == (1, 4, 6, 6)
    assert run(lcm_upscale_sampler(resize, 2.0, 1), gaussian).shape == (1, 4, 6, 6)
