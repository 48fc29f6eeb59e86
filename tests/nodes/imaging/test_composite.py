import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.imaging.composite import composite, composite_images, composite_latents, join_alpha, split_alpha
from nodes.imaging.shapes import ImagingError


@settings(deadline=None, max_examples=80)
@given(st.integers(-9, 12), st.integers(-9, 12), st.integers(1, 8), st.integers(1, 8))
def test_every_visible_pixel_and_no_other_is_pasted(x: int, y: int, width: int, height: int) -> None:
    result = composite(torch.zeros(1, 1, 6, 7), torch.arange(1.0, 1 + width * height).view(1, 1, height, width), x, y)
    for row in range(6):
        for column in range(7):
            inside = 0 <= row - y < height and 0 <= column - x < width
            assert result[0, 0, row, column] == (1 + (row - y) * width + column - x if inside else 0)


def test_masks_of_any_size_and_batches_are_fitted() -> None:
    destination, source = torch.zeros(3, 2, 6, 6), torch.ones(2, 2, 4, 4)
    result = composite(destination, source, 1, 1, torch.full((9, 5), 0.25))
    assert result.shape == destination.shape
    assert result[:, :, 1:5, 1:5].unique().tolist() == [0.25]


def test_source_can_be_resized_first() -> None:
    assert composite_images(torch.zeros(1, 6, 8, 3), torch.ones(1, 3, 3, 3), 0, 0, True, None).min() == 1


def test_latents_are_placed_in_cells_and_keep_their_keys() -> None:
    latent = {"samples": torch.zeros(1, 4, 6, 6), "batch_index": [7]}
    result = composite_latents(latent, {"samples": torch.ones(1, 4, 2, 2)}, 16, 31, False, None)
    assert result["samples"][0, 0].nonzero().tolist() == [[3, 2], [3, 3], [4, 2], [4, 3]]
    assert result["batch_index"] == [7]


def test_videos_and_foreign_latents_are_refused() -> None:
    video = {"samples": torch.zeros(1, 4, 2, 6, 6)}
    with pytest.raises(ImagingError, match="videos"):
        composite_latents(video, video, 0, 0, False, None)
    with pytest.raises(ImagingError, match="16 channels"):
        composite_latents(
            {"samples": torch.zeros(1, 4, 6, 6)}, {"samples": torch.zeros(1, 16, 6, 6)}, 0, 0, False, None
        )


def test_alpha_taken_off_and_put_back() -> None:
    image = torch.rand(2, 4, 5, 4)
    colors, mask = split_alpha(image)
    torch.testing.assert_close(join_alpha(colors, mask), image)
    assert split_alpha(colors)[1].sum() == 0
    assert join_alpha(colors, torch.zeros(8, 8)).shape == (1, 4, 5, 4)
