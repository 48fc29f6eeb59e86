import pytest
import torch

from nodes.imaging.colour import add_noise, channel_mask, color_to_mask, rgb_to_yuv, solid_image, yuv_to_rgb
from nodes.imaging.shapes import ImagingError


def test_yuv_and_back_is_the_same_picture() -> None:
    image = torch.rand(2, 5, 6, 3)
    torch.testing.assert_close(yuv_to_rgb(*rgb_to_yuv(image)), image, atol=2e-3, rtol=0)


def test_planes_of_different_sizes_are_refused() -> None:
    with pytest.raises(ImagingError, match="same size"):
        yuv_to_rgb(torch.rand(1, 2, 2, 3), torch.rand(1, 3, 2, 3), torch.rand(1, 2, 2, 3))


def test_a_colour_is_found_again() -> None:
    image = solid_image(3, 2, 1, 0x12AB7F)
    torch.testing.assert_close(image[0, 0, 0] * 255, torch.tensor([0x12, 0xAB, 0x7F]).float())
    assert color_to_mask(image, 0x12AB7F).unique().tolist() == [1]
    assert color_to_mask(image, 0x12AB7E).unique().tolist() == [0]


def test_channels() -> None:
    image = torch.rand(2, 3, 4, 4)
    assert torch.equal(channel_mask(image, "alpha"), image[..., 3])
    with pytest.raises(ImagingError, match="no alpha channel"):
        channel_mask(image[..., :3], "alpha")


@pytest.mark.parametrize("seed", [0, 2**64 - 1])
def test_noise_follows_its_seed(seed: int) -> None:
    image = torch.full((1, 8, 8, 3), 0.5)
    noisy = add_noise(image, seed, 0.1)
    assert torch.equal(noisy, add_noise(image, seed, 0.1))
    assert not torch.equal(noisy, add_noise(image, 5, 0.1))
    torch.manual_seed(seed)
    torch.testing.assert_close(noisy, (image + 0.1 * torch.randn(image.shape)).clamp(0, 1))


def test_absurd_canvases_are_refused() -> None:
    with pytest.raises(ImagingError, match="GiB"):
        solid_image(16384, 16384, 4096, 0)
