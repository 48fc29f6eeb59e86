from __future__ import annotations

import pytest
import torch

from nodes.sampling import model_sampling
from nodes.sampling.samplers.er_sde import er_sde, reverse_sde_noise

MODEL = model_sampling.discrete()
SIGMAS = torch.tensor([8.0, 4.0, 2.0, 1.0, 0.5, 0.25], dtype=torch.float64)


def error(gaussian, max_stage):
    denoiser = gaussian(MODEL)
    torch.manual_seed(0)
    x = torch.randn(2, 4, 3, 3, dtype=torch.float64) * 8
    result = er_sde(
        denoiser, x, SIGMAS, noise=None, s_noise=0.0, noise_scaler=reverse_sde_noise(0.0), max_stage=max_stage
    )
    return float((result - denoiser.exact(x, 8.0, 0.25)).norm())


def test_each_stage_is_more_precise(gaussian):
    errors = [error(gaussian, max_stage) for max_stage in (1, 2, 3)]
    assert errors == sorted(errors, reverse=True)


def test_noise_scalers():
    v = torch.tensor(2.0)
    assert float(reverse_sde_noise(0.0)(v)) == pytest.approx(2.0)
    assert float(reverse_sde_noise(1.0)(v)) == pytest.approx(4.0)


def test_noise_depends_on_s_noise(gaussian, noise_source):
    x = torch.zeros(2, 4, 3, 3, dtype=torch.float64)
    silent, half, full = (
        er_sde(gaussian(MODEL), x, SIGMAS, noise=noise_source(1), s_noise=s_noise) for s_noise in (0.0, 0.5, 1.0)
    )
    torch.testing.assert_close(half - silent, (full - silent) / 2)
