from __future__ import annotations

import pytest
import torch

from nodes.sampling import model_sampling
from nodes.sampling.inpaint import DifferentialDiffusion, MaskedDenoiser, fit_mask

MODEL = model_sampling.discrete()
torch.manual_seed(0)
X, NOISE, LATENT = torch.randn(3, 2, 4, 3, 3).unbind()
SIGMAS = torch.tensor([10.0, 2.0, 0.0])
SIGMA = torch.tensor([2.0, 2.0])


class Recorder:
    model_sampling = MODEL

    def __call__(self, x, sigma):
        self.x = x
        return x * 0.5

    def with_uncond(self, x, sigma):
        return self(x, sigma), x * 0.25


def masked(mask, function=None):
    recorder = Recorder()
    return recorder, MaskedDenoiser(recorder, mask, NOISE, LATENT, SIGMAS, function)


def test_a_mask_of_ones_changes_nothing():
    recorder, denoiser = masked(torch.ones_like(X))
    assert torch.equal(denoiser(X, SIGMA), X * 0.5)
    assert torch.equal(recorder.x, X)
    assert denoiser.model_sampling is MODEL


def test_a_mask_of_zeros_keeps_the_latent_at_its_noise_level():
    recorder, denoiser = masked(torch.zeros_like(X))
    assert torch.equal(denoiser(X, SIGMA), LATENT)
    torch.testing.assert_close(recorder.x, LATENT + 2.0 * NOISE)


def test_a_grey_mask_mixes_linearly():
    _, denoiser = masked(torch.full_like(X, 0.25))
    expected_x = 0.25 * X + 0.75 * (LATENT + 2.0 * NOISE)
    denoised, uncond = denoiser.with_uncond(X, SIGMA)
    torch.testing.assert_close(denoised, 0.25 * 0.5 * expected_x + 0.75 * LATENT)
    torch.testing.assert_close(uncond, expected_x * 0.25)


def test_differential_diffusion_frees_brighter_places_earlier():
    grey = torch.tensor([0.0, 0.3, 0.6, 1.0])
    freed = [
        DifferentialDiffusion()(torch.tensor([sigma]), grey, MODEL, SIGMAS).tolist()
        for sigma in (10.0, 2.0, MODEL.sigma_min)
    ]
    start, middle = (int(MODEL.timestep(torch.tensor(sigma))) for sigma in (10.0, 2.0))
    assert freed[0] == [0, 0, 0, 1]
    assert freed[1] == [float(value >= middle / start) for value in grey]
    assert freed[2] == [1, 1, 1, 1]


def test_differential_diffusion_ends_where_the_run_ends():
    sigmas = torch.tensor([10.0, 2.0])
    grey = torch.tensor([0.0, 0.5])
    assert DifferentialDiffusion()(torch.tensor([2.0]), grey, MODEL, sigmas).tolist() == [1, 1]


@pytest.mark.parametrize(("strength", "expected"), [(0.25, [0.75 * 0.4, 0.25 + 0.75]), (0.0, [0, 1]), (1.0, [0, 1])])
def test_differential_diffusion_strength_mixes_in_the_grey_mask(strength, expected):
    mask = torch.tensor([0.4, 1.0])
    assert DifferentialDiffusion(strength)(SIGMAS[:1], mask, MODEL, SIGMAS).tolist() == pytest.approx(expected)


def test_the_mask_function_is_asked_at_each_call():
    seen = []

    def function(sigma, mask, model, sigmas):
        seen.append((float(sigma[0]), model, sigmas))
        return torch.ones_like(mask)

    _, denoiser = masked(torch.zeros_like(X), function)
    assert torch.equal(denoiser(X, SIGMA), X * 0.5)
    assert seen == [(2.0, MODEL, SIGMAS)]


def test_masks_are_interpolated_and_repeated():
    mask = torch.zeros(1, 16, 16)
    mask[:, :, 8:] = 1
    fitted = fit_mask(mask, torch.Size([3, 4, 4, 4]))
    assert fitted.shape == (3, 4, 4, 4)
    assert fitted[2, 3].tolist() == [[0, 0, 1, 1]] * 4
    # Bilinear without antialiasing: the value halfway between two pixels.
    assert fit_mask(torch.tensor([[0.0, 1.0]]), torch.Size([1, 1, 1, 1])).item() == 0.5


def test_each_batch_item_keeps_its_own_mask():
    masks = torch.stack([torch.zeros(2, 2), torch.ones(2, 2)])
    assert fit_mask(masks, torch.Size([3, 4, 2, 2])).amax((1, 2, 3)).tolist() == [0, 1, 0]
    assert fit_mask(masks[:, None], torch.Size([1, 4, 2, 2])).amax((1, 2, 3)).tolist() == [0]


def test_video_masks_are_interpolated_over_frames_too():
    mask = torch.stack([torch.zeros(4, 4), torch.ones(4, 4)])
    assert fit_mask(mask, torch.Size([1, 2, 4, 4, 4])).amax((0, 1, 3, 4)).tolist() == pytest.approx([0, 0.25, 0.75, 1])
    assert fit_mask(mask[None, None], torch.Size([2, 2, 2, 4, 4])).shape == (2, 2, 2, 4, 4)


def test_audio_masks():
    assert fit_mask(torch.tensor([0.0, 1.0]), torch.Size([2, 3, 2])).tolist() == [[[0, 1]] * 3] * 2
