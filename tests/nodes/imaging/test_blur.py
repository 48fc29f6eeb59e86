import pytest
import torch
from torch.nn.functional import conv2d, pad

from nodes.imaging.blur import blur_image, sharpen_image
from nodes.imaging.shapes import ImagingError


def kernel(radius: int, sigma: float) -> torch.Tensor:
    line = torch.linspace(-1, 1, 2 * radius + 1)
    weights = torch.exp(-(line[:, None] ** 2 + line[None] ** 2) / (2 * sigma**2))
    return weights / weights.sum()


def convolved(image: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    radius = len(weights) // 2
    planes = pad(image.movedim(-1, 1), (radius,) * 4, mode="reflect")
    return conv2d(planes, weights.expand(3, 1, -1, -1), groups=3).movedim(1, -1)


@pytest.mark.parametrize(("radius", "sigma"), [(1, 0.1), (3, 1.0), (9, 10.0)])
def test_blurs_as_the_square_kernel_does(radius: int, sigma: float) -> None:
    image = torch.rand(2, 20, 24, 3)
    torch.testing.assert_close(blur_image(image, radius, sigma), convolved(image, kernel(radius, sigma)))


@pytest.mark.parametrize(("radius", "alpha"), [(1, 1.0), (4, 5.0)])
def test_sharpens_as_the_square_kernel_does(radius: int, alpha: float) -> None:
    image = torch.rand(1, 20, 24, 3)
    weights = kernel(radius, 1.0) * -(alpha * 10)
    weights[radius, radius] += 1 - weights.sum()
    wanted = convolved(image, weights).clamp(0, 1)
    torch.testing.assert_close(sharpen_image(image, radius, 1.0, alpha), wanted, atol=1e-4, rtol=0)


def test_radius_0_changes_nothing() -> None:
    image = torch.rand(1, 4, 4, 3)
    assert blur_image(image, 0, 1.0) is image
    assert sharpen_image(image, 0, 1.0, 1.0) is image


def test_a_flat_picture_stays_flat() -> None:
    image = torch.full((1, 40, 40, 3), 0.3)
    torch.testing.assert_close(blur_image(image, 31, 1.0), image)


def test_too_small_pictures_are_refused() -> None:
    with pytest.raises(ImagingError, match="larger than 8 pixels, not 9x8"):
        blur_image(torch.rand(1, 8, 9, 3), 8, 1.0)
