import pytest
import torch

from nodes.imaging.pad import pad_for_outpaint, resize_and_pad, stitch_images
from nodes.imaging.shapes import ImagingError


def test_the_mask_fades_into_the_picture_from_padded_sides_only() -> None:
    canvas, mask = pad_for_outpaint(torch.zeros(2, 20, 20, 3), 4, 0, 0, 0, 5)
    assert canvas.shape == (2, 20, 24, 3)
    assert canvas[:, :, :4].unique().tolist() == [0.5]
    assert mask.shape == (1, 20, 24)
    row = [1, 1, 1, 1, 1, 0.64, 0.36, 0.16, 0.04] + [0] * 15
    torch.testing.assert_close(mask[0], torch.tensor(row).expand(20, 24))


def test_a_small_picture_is_not_feathered() -> None:
    _, mask = pad_for_outpaint(torch.zeros(1, 20, 20, 3), 4, 4, 4, 4, 10)
    assert mask.sum() == 28 * 28 - 20 * 20


def test_absurd_canvases_are_refused() -> None:
    with pytest.raises(ImagingError, match="GiB"):
        pad_for_outpaint(torch.zeros(1, 1, 1, 3).expand(500, 9, 9, 3), 16384, 16384, 16384, 16384, 0)


@pytest.mark.parametrize(("color", "value"), [("white", 1), ("black", 0)])
def test_fits_and_centres(color: str, value: int) -> None:
    result = resize_and_pad(torch.full((1, 10, 20, 3), 0.5), 11, 11, color, "area")
    assert result.shape == (1, 11, 11, 3)
    assert (result[0, :, 0, 0] == 0.5).nonzero().flatten().tolist() == [3, 4, 5, 6, 7]
    assert result[0, 0].unique().tolist() == [value]


RED, BLUE = torch.tensor([1.0, 0, 0]).expand(1, 4, 6, 3), torch.tensor([0, 0, 1.0]).expand(1, 4, 6, 3)


@pytest.mark.parametrize(
    ("direction", "size", "first"), [("right", (4, 14), True), ("left", (4, 14), False), ("down", (10, 6), True)]
)
def test_stitches_with_a_strip_between(direction: str, size: tuple[int, int], first: bool) -> None:
    result = stitch_images(RED, BLUE, direction, True, 2, "green")
    assert result.shape == (1, *size, 3)
    assert result[0, 0, 0].tolist() == ([1, 0, 0] if first else [0, 0, 1])
    assert result[0, size[0] // 2, size[1] // 2].tolist() == [0, 1, 0]


def test_stitched_pictures_are_matched_or_centred() -> None:
    large = torch.rand(1, 8, 6, 3)
    assert stitch_images(RED, large, "right", True, 0, "white").shape == (1, 4, 9, 3)
    centred = stitch_images(RED, large, "right", False, 0, "black")
    assert centred.shape == (1, 8, 12, 3)
    assert centred[0, :, 0, 0].tolist() == [0, 0, 1, 1, 1, 1, 0, 0]


def test_stitching_evens_out_batches_and_channels() -> None:
    result = stitch_images(RED.expand(3, -1, -1, -1), torch.rand(1, 4, 6, 4), "down", False, 0, "white")
    assert result.shape == (3, 8, 6, 4)
    assert result[:, :4, :, 3].unique().tolist() == [1]
    assert stitch_images(RED, None, "down", True, 0, "white") is RED


def test_matched_pictures_are_of_eight_bits_and_strips_are_even() -> None:
    picture = torch.rand(1, 4, 9, 3)
    result = stitch_images(RED, picture, "right", True, 3, "black")
    assert result.shape == (1, 4, 19, 3)
    torch.testing.assert_close(result[:, :, 10:], (picture * 255).floor() / 255)
    assert torch.equal(stitch_images(RED, picture, "right", False, 3, "black")[:, :, 10:], picture)


def test_a_shorter_batch_goes_on_with_its_last_picture_and_smaller_ones_lie_on_black() -> None:
    pictures = torch.rand(2, 4, 6, 3)
    result = stitch_images(pictures, torch.ones(4, 7, 2, 3), "right", False, 0, "green")
    assert torch.equal(result[:, 1:5, :6], pictures[[0, 1, 1, 1]])
    assert result[:, [0, 5, 6], :6].unique().tolist() == [0]
