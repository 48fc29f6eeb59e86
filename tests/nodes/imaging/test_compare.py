import math

import pytest
import torch

from nodes.imaging.compare import compare, ssim
from nodes.imaging.shapes import ImagingError


def test_equal_pictures() -> None:
    image = torch.rand(2, 16, 20, 3)
    likeness, difference = compare(image, image)
    assert likeness.ssim == pytest.approx(1)
    assert (likeness.psnr, likeness.mean_error) == (100, 0)
    assert difference.sum() == 0


def test_a_known_error_has_a_known_ratio() -> None:
    image = torch.full((1, 16, 16, 3), 0.4)
    likeness, difference = compare(image, image + 0.1)
    assert likeness.psnr == pytest.approx(20, abs=1e-3)
    assert likeness.mean_error == pytest.approx(0.1, abs=1e-6)
    torch.testing.assert_close(difference, torch.full_like(image, 0.1))
    luminance = (2 * 0.4 * 0.5 + 1e-4) / (0.4**2 + 0.5**2 + 1e-4)  # without structure, only this is left
    assert likeness.ssim == pytest.approx(luminance, abs=1e-4)


def test_ssim_by_the_definition_at_one_place() -> None:
    a, b = torch.rand(1, 11, 11, 1), torch.rand(1, 11, 11, 1)
    x = torch.arange(11.0) - 5
    weights = torch.exp(-(x[:, None] ** 2 + x[None] ** 2) / (2 * 1.5**2))
    weights /= weights.sum()
    p, q = a[0, ..., 0], b[0, ..., 0]
    mp, mq = float((weights * p).sum()), float((weights * q).sum())
    vp, vq = float((weights * p * p).sum()) - mp**2, float((weights * q * q).sum()) - mq**2
    cov = float((weights * p * q).sum()) - mp * mq
    wanted = (2 * mp * mq + 1e-4) * (2 * cov + 9e-4) / ((mp**2 + mq**2 + 1e-4) * (vp + vq + 9e-4))
    assert ssim(a, b) == pytest.approx(wanted, abs=1e-5)


def test_noise_is_less_alike_than_blur_and_sizes_are_evened_out() -> None:
    image = torch.rand(1, 32, 32, 3)
    assert compare(image, torch.rand(1, 32, 32, 3))[0].ssim < compare(image, image * 0.9)[0].ssim
    likeness, difference = compare(image, torch.rand(3, 20, 30, 4))
    assert difference.shape == image.shape
    assert math.isfinite(likeness.psnr)
    with pytest.raises(ImagingError, match="11x11"):
        compare(image[:, :8], image[:, :8])
