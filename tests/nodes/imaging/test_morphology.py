import pytest
import torch

from nodes.imaging.morphology import OPERATIONS, morphology
from nodes.imaging.shapes import ImagingError


def extremum(image: torch.Tensor, before: int, after: int, largest: bool) -> torch.Tensor:
    """The definition: over all offsets that lie inside the picture."""
    result = image.clone()
    height, width = image.shape[1:3]
    for y in range(height):
        for x in range(width):
            part = image[:, max(0, y - before) : y + after + 1, max(0, x - before) : x + after + 1]
            result[:, y, x] = part.amax((1, 2)) if largest else part.amin((1, 2))
    return result


@pytest.mark.parametrize("size", [3, 4, 5, 8])
def test_dilation_and_erosion_are_their_definitions(size: int) -> None:
    image = torch.rand(2, 9, 11, 3)
    short, long = size - 1 - size // 2, size // 2
    assert torch.equal(morphology(image, "dilate", size), extremum(image, short, long, True))
    assert torch.equal(morphology(image, "erode", size), extremum(image, long, short, False))


def test_the_others_are_made_of_them() -> None:
    image = torch.rand(1, 16, 16, 3)
    results = {name: morphology(image, name, 3) for name in OPERATIONS}
    assert torch.equal(results["open"], morphology(results["erode"], "dilate", 3))
    assert torch.equal(results["close"], morphology(results["dilate"], "erode", 3))
    assert torch.equal(results["gradient"], results["dilate"] - results["erode"])
    assert torch.equal(results["top_hat"], image - results["open"])
    assert torch.equal(results["bottom_hat"], results["close"] - image)


def test_a_square_beyond_the_picture_takes_it_all_in() -> None:
    image = torch.rand(1, 5, 7, 3)
    assert torch.equal(morphology(image, "dilate", 999)[0, 0, 0], image.amax((0, 1, 2)))


def test_unknown_operations_are_refused() -> None:
    with pytest.raises(ImagingError, match="top_hat"):
        morphology(torch.rand(1, 5, 7, 3), "melt", 3)
