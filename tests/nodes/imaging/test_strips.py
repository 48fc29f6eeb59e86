import pytest
import torch
from torch.nn.functional import conv2d

from nodes.imaging.strips import ROWS, by_strips, convolve


@pytest.mark.parametrize("height", [5, ROWS + 4, ROWS + 5, 3 * ROWS])
def test_convolution_is_the_same_in_strips(height: int) -> None:
    planes, kernel = torch.rand(2, 1, height, 9), torch.rand(1, 1, 5, 3)
    assert torch.equal(convolve(planes, kernel), conv2d(planes, kernel))


@pytest.mark.parametrize("height", [1, ROWS, ROWS + 1])
def test_functions_of_pixels_are_the_same_in_strips(height: int) -> None:
    first, second = torch.rand(3, height, 4, 3), torch.rand(1, height, 4, 1)
    total, mean = by_strips(lambda a, b: (a + b, a.mean(-1)), first, second)
    assert torch.equal(total, first + second)
    assert torch.equal(mean, first.mean(-1))
