import numpy as np
import pytest
import torch

from nodes.imaging.strips import ROWS
from nodes.imaging.windows import largest, smallest


@pytest.mark.parametrize("window", [(0, 0), (1, 1), (2, 3), (0, 6), (7, 0), (500, 500), (130, 2)])
@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 9, 2), (ROWS + 3, 11, 1), (3 * ROWS, 4, 1)])
def test_every_window_is_looked_at_as_a_whole(shape: tuple[int, int, int], window: tuple[int, int]) -> None:
    image, (before, after) = torch.randn(shape), window
    for function, extremum in ((largest, np.max), (smallest, np.min)):
        wanted = image.numpy()
        for axis in (0, 1):
            places = range(wanted.shape[axis])
            parts = [np.take(wanted, places[max(0, i - before) : i + after + 1], axis) for i in places]
            wanted = np.stack([extremum(part, axis=axis) for part in parts], axis)
        np.testing.assert_array_equal(function(image, before, after).numpy(), wanted)


def test_the_picture_stays_as_it_was() -> None:
    image = torch.randn(4, 5, 1)
    before = image.clone()
    largest(image, 1, 1)
    assert torch.equal(image, before)
