import pytest
import torch

from nodes.imaging.quantize import ORDERS, bayer, quantize_image
from nodes.imaging.shapes import ImagingError


@pytest.mark.parametrize("dither", ["none", "floyd-steinberg", *ORDERS])
@pytest.mark.parametrize("colors", [1, 2, 16, 256])
def test_never_more_colours_than_asked(colors: int, dither: str) -> None:
    image = torch.rand(2, 20, 18, 3)
    result = quantize_image(image, colors, dither)
    assert result.shape == image.shape
    for picture in result:
        assert len(picture.reshape(-1, 3).unique(dim=0)) <= colors


def test_few_colours_survive_as_they_are() -> None:
    image = torch.tensor([0.0, 1.0]).repeat_interleave(32).view(1, 8, 8, 1).expand(-1, -1, -1, 3)
    assert torch.equal(quantize_image(image, 2, "none"), image)


def test_the_pattern_is_bayers() -> None:
    assert ((bayer(1) * 4 + 1.5).astype(int) == [[0, 2], [3, 1]]).all()
    for levels in ORDERS.values():
        matrix = bayer(levels)
        assert matrix.shape == (2**levels, 2**levels)
        assert sorted((matrix * 4**levels).flatten().tolist()) == [i + 0.5 - 4**levels / 2 for i in range(4**levels)]


def test_refusals() -> None:
    with pytest.raises(ImagingError, match="4 channels"):
        quantize_image(torch.rand(1, 4, 4, 4), 8, "none")
    with pytest.raises(ImagingError, match="bayer-16"):
        quantize_image(torch.rand(1, 4, 4, 3), 8, "bayer-3")
