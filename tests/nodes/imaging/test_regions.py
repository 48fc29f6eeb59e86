import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.imaging.regions import Box, cut_out, mask_box, paste_back
from nodes.imaging.shapes import ImagingError


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 19), st.integers(0, 14), st.integers(0, 30), st.integers(1, 16))
def test_the_box_holds_the_mask_and_stays_inside(x: int, y: int, padding: int, multiple: int) -> None:
    mask = torch.zeros(2, 15, 20)
    mask[1, y, x] = 0.1
    box = mask_box(mask, padding, multiple)
    assert 0 <= box.x <= x < box.x + box.width <= 20
    assert 0 <= box.y <= y < box.y + box.height <= 15
    assert box.width % multiple == 0 or box.width == 20
    assert box.height % multiple == 0 or box.height == 15
    assert box.x <= max(0, x - padding)


def test_an_empty_mask_is_refused() -> None:
    with pytest.raises(ImagingError, match="selects nothing"):
        mask_box(torch.zeros(1, 4, 4))


def test_a_part_goes_back_where_it_came_from() -> None:
    image, box = torch.rand(2, 15, 20, 3), Box(4, 3, 8, 8)
    torch.testing.assert_close(paste_back(image, cut_out(image, box), box, 3), image)
    pasted = paste_back(image, torch.ones(1, 32, 32, 3), box, 0)
    assert pasted[:, 3:11, 4:12].min() > 0.9999
    assert torch.equal(pasted[:, :3], image[:, :3])
    assert paste_back(image[:1], torch.ones(3, 4, 4, 3), box, 0).shape == (3, 15, 20, 3)


def test_edges_fade_except_at_the_pictures_own() -> None:
    pasted = paste_back(torch.zeros(1, 8, 8, 3), torch.ones(1, 8, 4, 3), Box(0, 0, 4, 8), 3)
    torch.testing.assert_close(pasted[0, 5, :, 0], torch.tensor([1.0, 0.75, 0.5, 0.25, 0, 0, 0, 0]))


def test_foreign_boxes_and_channels_are_refused() -> None:
    with pytest.raises(ImagingError, match="reaches out of 8x8"):
        cut_out(torch.zeros(1, 8, 8, 3), Box(4, 4, 8, 2))
    with pytest.raises(ImagingError, match="4 channels"):
        paste_back(torch.zeros(1, 8, 8, 3), torch.zeros(1, 2, 2, 4), Box(0, 0, 2, 2), 0)
