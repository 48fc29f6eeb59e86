import pytest
import torch

from nodes.imaging.scale import (
    KONTEXT_SIZES,
    crop_image,
    flip,
    rotate,
    scale_for_kontext,
    scale_image,
    scale_image_by,
    scale_to_largest,
    scale_to_pixels,
)
from nodes.imaging.shapes import ImagingError

IMAGE = torch.rand(1, 30, 40, 3)


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [(0, 0, (30, 40)), (20, 0, (15, 20)), (0, 45, (45, 60)), (7, 9, (9, 7)), (1, 0, (1, 1))],
)
def test_zero_keeps_the_aspect(width: int, height: int, size: tuple[int, int]) -> None:
    assert scale_image(IMAGE, width, height, "area", "disabled").shape[1:3] == size


def test_sizes_round_to_even_halves() -> None:
    assert scale_image_by(IMAGE[:, :5, :7], 0.5, "area").shape[1:3] == (2, 4)
    assert scale_to_pixels(IMAGE, 0.01, "bilinear").shape[1:3] == (89, 118)
    assert scale_to_largest(IMAGE, 20, "bicubic").shape[1:3] == (15, 20)
    assert scale_to_largest(IMAGE.transpose(1, 2), 20, "bicubic").shape[1:3] == (20, 15)


def test_nothing_is_no_size() -> None:
    with pytest.raises(ImagingError, match="at least one pixel"):
        scale_to_largest(IMAGE, 0, "area")
    with pytest.raises(ImagingError, match="at least one pixel"):
        scale_image_by(IMAGE, 0.01, "area")


def test_kontext_sizes() -> None:
    assert all(width * height == pytest.approx(1024 * 1024, rel=0.02) for width, height in KONTEXT_SIZES)
    assert scale_for_kontext(IMAGE).shape[1:3] == (880, 1184)


def test_crops_start_inside_and_end_at_the_edge() -> None:
    assert torch.equal(crop_image(IMAGE, 10, 10, 35, 25), IMAGE[:, 25:30, 35:40])
    assert torch.equal(crop_image(IMAGE, 10, 10, 999, 999), IMAGE[:, 29:, 39:])


def test_turns_are_clockwise() -> None:
    picture = torch.tensor([[1.0, 2.0], [3.0, 4.0]]).view(1, 2, 2, 1)
    assert rotate(picture, "90 degrees", (2, 1)).flatten().tolist() == [3, 1, 4, 2]
    assert rotate(picture, "270 degrees", (2, 1)).flatten().tolist() == [2, 4, 1, 3]
    assert flip(picture, "x-axis: vertically", (2, 1)).flatten().tolist() == [3, 4, 1, 2]
    assert flip(picture, "y-axis: horizontally", (2, 1)).flatten().tolist() == [2, 1, 4, 3]
    with pytest.raises(ImagingError, match="use one of none, 90 degrees"):
        rotate(picture, "45 degrees", (2, 1))
