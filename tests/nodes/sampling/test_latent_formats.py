from __future__ import annotations

import pytest
import torch

from nodes.sampling import latent_formats
from nodes.sampling.latent_formats import FLUX, MOCHI, SD1, SD3, SDXL, SDXL_PLAYGROUND, WAN_21, LatentFormat

FORMATS = [value for value in vars(latent_formats).values() if isinstance(value, LatentFormat)]


def shaped(form: LatentFormat) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(2, form.channels, *[3, 4, 5][: form.dimensions])


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_in_and_out_are_inverse(form):
    stored = shaped(form)
    torch.testing.assert_close(form.process_out(form.process_in(stored)), stored, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("form", "stored", "model"),
    [
        (SD1, 2.0, 2 * 0.18215),
        (SDXL, 2.0, 2 * 0.13025),
        (SD3, 2.0, (2 - 0.0609) * 1.5305),
        (FLUX, 2.0, (2 - 0.1159) * 0.3611),
        (SDXL_PLAYGROUND, 2.0, (2 + 1.6574) * 0.5 / 8.4927),
        (WAN_21, 2.0, (2 + 0.7571) / 2.8184),
        (MOCHI, 0.0, 0.067309 / 0.92638),
    ],
)
def test_known_scales(form, stored, model):
    latent = torch.full((1, form.channels, 1, *[1] * (form.dimensions - 1)), stored)
    assert float(form.process_in(latent).flatten()[0]) == pytest.approx(model, rel=1e-4)


def test_only_a_latent_that_is_zero_everywhere_stays_zero():
    zeros = torch.zeros(1, 16, 2, 2)
    assert not FLUX.to_model_space(zeros).any()
    zeros[0, 0, 0, 0] = 1e-6
    assert float(FLUX.to_model_space(zeros)[0, 1, 0, 0]) == pytest.approx(-0.1159 * 0.3611)


def test_empty_latents_get_the_models_channels_and_dimensions():
    assert FLUX.fit_empty(torch.zeros(2, 4, 6, 8)).shape == (2, 16, 6, 8)
    assert SD1.fit_empty(torch.zeros(2, 16, 6, 8)).shape == (2, 4, 6, 8)
    assert WAN_21.fit_empty(torch.zeros(2, 4, 6, 8)).shape == (2, 16, 1, 6, 8)
    assert FLUX.fit_empty(torch.ones(2, 4, 6, 8)).shape == (2, 4, 6, 8)


def test_preview_maps_the_first_item_linearly_and_truncates():
    latent = torch.zeros(2, 4, 3, 5)
    latent[0, 0] = 1.0
    image = SD1.preview_image(latent)
    assert image.shape == (3, 5, 3)
    assert image.dtype == torch.uint8
    assert image[0, 0].tolist() == [int((1 + f) / 2 * 255) for f in (0.3512, 0.2297, 0.3227)]
    bias = [int((1 + b) / 2 * 255) for b in (0.1084, -0.0175, -0.0011)]
    assert SDXL.preview_image(torch.zeros(1, 4, 1, 1))[0, 0].tolist() == bias


@pytest.mark.parametrize("form", [form for form in FORMATS if form.preview], ids=lambda form: form.name)
def test_every_preview_fits_its_format(form):
    assert form.preview_image(shaped(form)).shape == ((3, 4, 3) if form.dimensions == 2 else (4, 5, 3))


def test_no_preview_where_no_factors_are_known():
    assert latent_formats.LTXV.preview_image(torch.zeros(1, 128, 2, 2, 2)) is None
