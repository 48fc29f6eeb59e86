from __future__ import annotations

import pytest
import torch

from nodes.sampling import model_sampling
from nodes.sampling.inpaint import DifferentialDiffusion
from nodes.sampling.latent_formats import FLUX, SD1
from nodes.sampling.noise import initial_noise
from nodes.sampling.sample import add_noise, is_max_denoise, sample
from nodes.sampling.samplers import SAMPLERS
from nodes.sampling.schedules import schedule_sigmas

MODEL, FLOW = model_sampling.discrete(), model_sampling.flow()
SIGMAS = schedule_sigmas(MODEL, "karras", 6)
EMPTY = torch.zeros(2, 4, 6, 6)
torch.manual_seed(1)
PICTURE = torch.randn(2, 4, 6, 6)
NOISE = initial_noise(EMPTY, 5)


def run(gaussian, latent=EMPTY, sigmas=SIGMAS, name="euler", model=MODEL, form=SD1, **options):
    return sample(
        gaussian(model),
        NOISE,
        latent,
        sigmas,
        SAMPLERS[name],
        model_sampling=model,
        latent_format=form,
        seed=5,
        **options,
    )


def test_without_sigmas_the_latent_comes_back_unchanged(gaussian):
    samples, denoised = run(gaussian, PICTURE, torch.empty(0))
    assert samples is PICTURE
    assert denoised is PICTURE


def test_a_full_run_is_the_sampler_on_scaled_noise(gaussian):
    x = NOISE * torch.sqrt(1 + SIGMAS[0] ** 2)
    expected = SAMPLERS["euler"](gaussian(MODEL), x, SIGMAS, noise=None)
    samples, _ = run(gaussian)
    torch.testing.assert_close(samples, expected / 0.18215)


def test_a_later_start_adds_noise_to_the_latent_in_model_space(gaussian):
    x = PICTURE * 0.18215 + NOISE * SIGMAS[2]
    expected = SAMPLERS["euler"](gaussian(MODEL), x, SIGMAS[2:], noise=None)
    torch.testing.assert_close(run(gaussian, PICTURE, SIGMAS[2:])[0], expected / 0.18215)


def test_max_denoise_starts_at_the_end_of_the_models_range():
    assert is_max_denoise(MODEL, torch.tensor([MODEL.sigma_max * (1 - 5e-6)]))
    assert is_max_denoise(MODEL, torch.tensor([100.0]))
    assert not is_max_denoise(MODEL, torch.tensor([MODEL.sigma_max * (1 - 5e-5)]))


def test_the_second_result_is_the_last_prediction(gaussian):
    seen = []
    samples, denoised = run(gaussian, sigmas=SIGMAS[:4], callback=lambda *arguments: seen.append(arguments))
    assert [(step, total) for step, _, _, total in seen] == [(0, 3), (1, 3), (2, 3)]
    torch.testing.assert_close(denoised, seen[-1][1] / 0.18215)
    assert not torch.allclose(denoised, samples)


def test_one_sigma_takes_no_step(gaussian):
    samples, denoised = run(gaussian, PICTURE, SIGMAS[3:4])
    torch.testing.assert_close(samples, PICTURE + NOISE * SIGMAS[3] / 0.18215)
    assert denoised is samples


def test_split_runs_of_a_memoryless_sampler_equal_one_run(gaussian):
    whole, _ = run(gaussian)
    half, _ = run(gaussian, sigmas=SIGMAS[:4])
    rest, _ = sample(
        gaussian(MODEL),
        torch.zeros_like(NOISE),
        half,
        SIGMAS[3:],
        SAMPLERS["euler"],
        model_sampling=MODEL,
        latent_format=SD1,
        seed=0,
    )
    torch.testing.assert_close(rest, whole, rtol=1e-5, atol=1e-5)


def test_flow_leftover_noise_is_rescaled_on_the_way_out_and_back_in(gaussian):
    sigmas = schedule_sigmas(FLOW, "simple", 6)
    noise, empty = NOISE.repeat(1, 4, 1, 1), torch.zeros(2, 16, 6, 6)

    def flow(noise, latent, sigmas):
        return sample(
            gaussian(FLOW), noise, latent, sigmas, SAMPLERS["euler"], model_sampling=FLOW, latent_format=FLUX, seed=0
        )[0]

    half = flow(noise, empty, sigmas[:4])
    torch.testing.assert_close(
        flow(torch.zeros_like(noise), half, sigmas[3:]), flow(noise, empty, sigmas), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("name", ["euler", "ddim", "dpmpp_2m_sde", "euler_cfg_pp", "uni_pc"])
def test_a_mask_of_ones_is_no_mask(gaussian, name):
    masked, _ = run(gaussian, PICTURE, name=name, mask=torch.ones(1, 48, 48))
    assert torch.equal(masked, run(gaussian, PICTURE, name=name)[0])


def test_a_mask_of_zeros_keeps_the_picture(gaussian):
    kept, _ = run(gaussian, PICTURE, mask=torch.zeros(48, 48))
    torch.testing.assert_close(kept, PICTURE, rtol=1e-4, atol=1e-4)


def test_inside_and_outside_of_a_mask(gaussian):
    mask = torch.zeros(6, 6)
    mask[:, 3:] = 1
    samples, _ = run(gaussian, PICTURE, mask=mask)
    torch.testing.assert_close(samples[..., :3], PICTURE[..., :3], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(samples[..., 3:], run(gaussian, PICTURE)[0][..., 3:])


def test_ddim_is_euler_except_under_a_mask(gaussian):
    mask = torch.full((6, 6), 0.5)
    assert torch.equal(run(gaussian, PICTURE, name="ddim")[0], run(gaussian, PICTURE)[0])
    ddim, _ = run(gaussian, PICTURE, name="ddim", mask=mask)
    generator = torch.get_rng_state()
    assert not torch.allclose(ddim, run(gaussian, PICTURE, mask=mask)[0])
    torch.manual_seed(6)
    torch.randn(NOISE.shape)
    assert torch.equal(torch.get_rng_state(), generator)


def test_a_mask_function_gets_the_runs_sigmas(gaussian):
    grey = torch.linspace(0, 1, 36).reshape(6, 6)
    samples, _ = run(gaussian, PICTURE, mask=grey, mask_function=DifferentialDiffusion())
    # Black is freed in the last step, at the model's smallest sigma.
    start = torch.sqrt(1 + SIGMAS[0] ** 2) / SIGMAS[0]
    x = PICTURE * 0.18215 + SIGMAS[-2] * start * NOISE
    last_step = gaussian(MODEL)(x, SIGMAS[-2].repeat(2)) / 0.18215
    torch.testing.assert_close(samples[..., 0, 0], last_step[..., 0, 0])
    torch.testing.assert_close(samples[..., 5, 5], run(gaussian, PICTURE)[0][..., 5, 5])


def test_uni_pc_ends_at_its_own_last_sigma_for_flow_models(gaussian):
    sigmas = schedule_sigmas(FLOW, "simple", 6)
    noise = NOISE
    raw = SAMPLERS["uni_pc"](gaussian(FLOW), noise, sigmas, noise=None)
    samples, _ = run(gaussian, sigmas=sigmas, name="uni_pc", model=FLOW)
    torch.testing.assert_close(samples, raw / 0.999 / 0.18215)
    assert sigmas[-1] == 0


@pytest.mark.parametrize("name", ["euler_ancestral", "dpmpp_2m_sde", "dpmpp_sde_gpu", "sa_solver"])
def test_the_seed_makes_the_steps_noise(gaussian, name):
    assert torch.equal(run(gaussian, name=name)[0], run(gaussian, name=name)[0])


def test_everything_is_computed_in_float32(gaussian):
    samples, _ = sample(
        gaussian(MODEL),
        NOISE.half(),
        PICTURE.half(),
        SIGMAS.double(),
        SAMPLERS["euler"],
        model_sampling=MODEL,
        latent_format=SD1,
        seed=0,
    )
    assert samples.dtype == torch.float32


def test_add_noise_scales_by_the_distance_of_the_ends():
    noised = add_noise(NOISE, PICTURE, SIGMAS[1:4], model_sampling=MODEL, latent_format=SD1)
    torch.testing.assert_close(noised, PICTURE + NOISE * (SIGMAS[1] - SIGMAS[3]) / 0.18215, rtol=1e-4, atol=1e-5)
    single = add_noise(NOISE, EMPTY, SIGMAS[1:2], model_sampling=MODEL, latent_format=SD1)
    torch.testing.assert_close(single, NOISE * SIGMAS[1] / 0.18215)
    assert add_noise(NOISE, PICTURE, torch.empty(0), model_sampling=MODEL, latent_format=SD1) is PICTURE


def test_add_noise_leaves_nothing_that_is_not_finite():
    broken = NOISE.clone()
    broken[0, 0, 0, :3] = torch.tensor([float("nan"), float("inf"), -float("inf")])
    noised = add_noise(broken, EMPTY, SIGMAS, model_sampling=MODEL, latent_format=SD1)
    assert noised[0, 0, 0, :3].tolist() == [0, 0, 0]
