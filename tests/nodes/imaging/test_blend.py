import pytest
import torch

from nodes.imaging.blend import MODES, blend_images, match_channels
from nodes.imaging.shapes import ImagingError


def picture(value: float, *shape: int) -> torch.Tensor:
    return torch.full(shape or (1, 2, 2, 3), value)


@pytest.mark.parametrize(
    ("mode", "value"),
    [
        ("normal", 0.6),
        ("multiply", 0.12),
        ("screen", 0.68),
        ("overlay", 0.24),
        ("soft_light", 0.2 + 0.2 * (((16 * 0.2 - 12) * 0.2 + 4) * 0.2 - 0.2)),
        ("difference", 0.0),  # 0.2 − 0.6 is cut off at the end only
    ],
)
def test_modes_are_the_textbooks(mode: str, value: float) -> None:
    torch.testing.assert_close(blend_images(picture(0.2), picture(0.6), 1.0, mode), picture(value))


def test_difference_is_signed_while_it_is_mixed() -> None:
    torch.testing.assert_close(blend_images(picture(0.2), picture(0.6), 0.25, "difference"), picture(0.05))


@pytest.mark.parametrize("mode", MODES)
def test_factor_0_changes_nothing(mode: str) -> None:
    first, second = torch.rand(1, 5, 5, 3), torch.rand(1, 5, 5, 3)
    torch.testing.assert_close(blend_images(first, second, 0.0, mode), first)


def test_the_second_is_resized_and_batches_broadcast() -> None:
    assert blend_images(torch.rand(2, 6, 8, 3), torch.rand(1, 9, 4, 3), 0.5, "screen").shape == (2, 6, 8, 3)
    with pytest.raises(ImagingError, match="2 and 3 pictures"):
        blend_images(torch.rand(2, 6, 8, 3), torch.rand(3, 6, 8, 3), 0.5, "screen")


def test_channels_follow_the_fields_rule() -> None:
    rgb, rgba, grey = torch.rand(1, 2, 2, 3), torch.rand(1, 2, 2, 4), torch.rand(1, 2, 2, 1)
    assert match_channels(rgb, rgba)[1].shape[-1] == 3
    assert match_channels(rgb, grey)[0][..., 3].unique().tolist() == [1]
    with pytest.raises(ImagingError, match="Join Image with Alpha"):
        match_channels(rgba, rgb)
