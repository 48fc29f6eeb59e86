import numpy as np
import pytest
import scipy.ndimage
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.imaging.masks import (
    combine_masks,
    crop_mask,
    feather_mask,
    grow_mask,
    mask_to_image,
    solid_mask,
    threshold_mask,
)
from nodes.imaging.shapes import ImagingError


@settings(deadline=None, max_examples=40)
@given(st.integers(-12, 12), st.booleans(), st.integers(1, 9), st.integers(1, 9))
def test_growing_is_repeated_grey_dilation(expand: int, tapered: bool, height: int, width: int) -> None:
    mask = torch.rand(2, height, width)
    corner = 0 if tapered else 1
    footprint = np.array([[corner, 1, corner], [1, 1, 1], [corner, 1, corner]])
    step = scipy.ndimage.grey_dilation if expand > 0 else scipy.ndimage.grey_erosion
    wanted = mask.numpy()
    for _ in range(abs(expand)):
        wanted = np.stack([step(plane, footprint=footprint) for plane in wanted])
    assert torch.equal(grow_mask(mask, expand, tapered), torch.from_numpy(wanted))


def test_growing_by_thousands_ends_early() -> None:
    mask = torch.zeros(1, 64, 64)
    mask[0, 5, 9] = 1
    assert grow_mask(mask, 16384, True).min() == 1
    assert grow_mask(mask, -16384, False).max() == 0


def test_feathering_counts_from_minus_zero() -> None:
    assert feather_mask(torch.ones(1, 6), 3, 0, 0, 0)[0, 0].tolist() == pytest.approx([1 / 3, 2 / 3, 1, 1, 1, 1])
    assert feather_mask(torch.ones(1, 6), 0, 0, 3, 0)[0, 0].tolist() == pytest.approx([1 / 3, 1, 1, 1, 1, 2 / 3])
    assert feather_mask(torch.ones(4, 1), 0, 0, 0, 99)[0, :, 0].tolist() == pytest.approx([1 / 4, 1, 3 / 4, 2 / 4])


@pytest.mark.parametrize(
    ("operation", "value"), [("multiply", 0.42), ("add", 1.0), ("subtract", 0.1), ("and", 1), ("or", 1), ("xor", 0)]
)
def test_combinations(operation: str, value: float) -> None:
    result = combine_masks(torch.full((2, 5, 5), 0.7), torch.full((3, 3), 0.6), 3, 1, operation)
    torch.testing.assert_close(result[:, 1:4, 3:], torch.full((2, 3, 2), float(value)))
    assert (result[:, :, :3] == 0.7).all()


def test_combining_outside_changes_nothing_and_batches_must_fit() -> None:
    mask = torch.rand(2, 4, 4)
    assert torch.equal(combine_masks(mask, torch.ones(2, 2), 99, 99, "add"), mask)
    with pytest.raises(ImagingError, match="batches of 2 and 3"):
        combine_masks(mask, torch.rand(3, 4, 4), 0, 0, "add")


def test_crops_stay_inside() -> None:
    assert crop_mask(torch.rand(4, 6), 2, 1, 99, 2).shape == (1, 2, 4)
    with pytest.raises(ImagingError, match="outside the mask of 6x4"):
        crop_mask(torch.rand(4, 6), 6, 0, 1, 1)


def test_simple_ones() -> None:
    assert solid_mask(0.3, 4, 2).shape == (1, 2, 4)
    assert threshold_mask(torch.tensor([[0.4, 0.5, 0.6]]), 0.5).tolist() == [[[0, 0, 1]]]
    assert mask_to_image(torch.rand(2, 3, 4)).shape == (2, 3, 4, 3)


@pytest.mark.parametrize("shape", [(), (3,), (1, 2, 3, 4), (0, 4, 4)])
def test_what_is_no_mask_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImagingError, match="'mask'"):
        grow_mask(torch.zeros(shape), 1, True)
