from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from graphcore.errors import RunError
from nodes.models.tiling import count, tiled


def double(piece: Tensor) -> Tensor:
    return interpolate(piece, scale_factor=2.0, mode="nearest")


@pytest.mark.parametrize(
    ("size", "tile"), [((8, 8), (16, 16)), ((20, 31), (8, 12)), ((9, 40), (16, 16)), ((40, 9), (5, 5))]
)
def test_a_local_function_is_the_same_in_tiles(size: tuple[int, int], tile: tuple[int, int]) -> None:
    x = torch.randn(2, 3, *size)
    calls: list[int] = []
    result = tiled(x, double, tile, 4, 2.0, 3, lambda: calls.append(1))
    torch.testing.assert_close(result, double(x))
    assert len(calls) == 2 * count(size, tile, 4)


def test_what_fits_one_tile_is_passed_whole() -> None:
    seen = []
    tiled(torch.zeros(2, 1, 6, 7), lambda piece: seen.append(tuple(piece.shape)) or piece, (6, 7), 3, 1.0, 1)
    assert seen == [(1, 1, 6, 7)] * 2


def test_seams_are_blended_by_linear_ramps() -> None:
    values = iter([1.0, 3.0])
    result = tiled(torch.zeros(1, 1, 1, 6), lambda piece: torch.full_like(piece, next(values)), (1, 4), 2, 1.0, 1)
    # Two tiles of 4 cells, worth 1 and 3, with weights (1/2, 1, 1, 1/2); the second starts at cell 2.
    shared = [(1 * 1 + 3 * 0.5) / 1.5, (1 * 0.5 + 3 * 1) / 1.5]
    torch.testing.assert_close(result[0, 0, 0], torch.tensor([1, 1, *shared, 3, 3]))


def test_an_overlap_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(RunError, match="overlap"):
        tiled(torch.zeros(1, 1, 40, 40), lambda piece: piece, (8, 8), 8, 1.0, 1)
