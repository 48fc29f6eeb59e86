import pytest
import torch

from nodes.imaging.batch import (
    join_images,
    rebatch_images,
    repeat_batch,
    repeat_to_batch_size,
    resize_to_batch_size,
    slice_batch,
)
from nodes.imaging.shapes import ImagingError


@pytest.mark.parametrize(("size", "items"), [(1, [0]), (2, [0, 1]), (3, [0, 1, 2]), (5, [0, 1, 2, 0, 1])])
def test_repeats_or_cuts(size: int, items: list[int]) -> None:
    assert repeat_to_batch_size(torch.arange(3), size).tolist() == items


@pytest.mark.parametrize(
    ("size", "items"), [(1, [0]), (2, [0, 3]), (3, [0, 2, 3]), (4, [0, 1, 2, 3]), (6, [0, 1, 1, 2, 3, 3])]
)
def test_spreads_evenly(size: int, items: list[int]) -> None:
    assert resize_to_batch_size(torch.arange(4), size).tolist() == items


def test_slices_are_limited_to_what_is_there() -> None:
    batch = torch.arange(4.0).view(4, 1, 1, 1)
    assert slice_batch(batch, 2, 9).flatten().tolist() == [2, 3]
    assert slice_batch(batch, 99, 9).flatten().tolist() == [3]


def test_slices_do_not_hold_the_whole_batch() -> None:
    batch = torch.zeros(100, 8, 8, 3)
    assert slice_batch(batch, 0, 1).untyped_storage().nbytes() < batch.untyped_storage().nbytes()


def test_pictures_of_other_sizes_are_fitted_to_the_first() -> None:
    joined = join_images(torch.zeros(1, 4, 8, 3), torch.ones(2, 9, 5, 3))
    assert joined.shape == (3, 4, 8, 3)
    assert joined.mean(dim=(1, 2, 3)).tolist() == [0, 1, 1]


def test_pictures_of_other_channels_are_refused() -> None:
    with pytest.raises(ImagingError, match="3 and 4 channels"):
        join_images(torch.zeros(1, 4, 8, 3), torch.ones(1, 4, 8, 4))


def test_batches_beyond_the_memory_are_refused() -> None:
    with pytest.raises(ImagingError, match="smaller size or batch"):
        repeat_batch(torch.zeros(1, 1, 1, 1).expand(1, 16384, 16384, 3), 4096)


def test_regroups_pictures_in_order() -> None:
    small = torch.arange(3.0).view(3, 1, 1, 1)
    large = torch.full((2, 2, 2, 1), 9.0)
    batches = rebatch_images([small, small + 3, large], 2)
    assert [batch.shape[0] for batch in batches] == [2, 2, 2, 2]
    assert torch.cat(batches[:3]).flatten().tolist() == [0, 1, 2, 3, 4, 5]
    assert [len(batch) for batch in rebatch_images([small, large], 2)] == [2, 1, 2]
