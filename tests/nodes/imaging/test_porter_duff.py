import pytest
import torch

from nodes.imaging.porter_duff import MODES, porter_duff
from nodes.imaging.shapes import ImagingError

S, D = 0.8, 0.4  # straight colours
A, B = 0.5, 0.25  # opacities
s, d = S * A, D * B


def plane(value: float, *shape: int) -> torch.Tensor:
    return torch.full(shape or (1, 3, 3), float(value))


# The opacity and the premultiplied colour of the result, from the papers and the W3C's compositing document.
WANTED = {
    "ADD": (A + B, s + d),
    "CLEAR": (0, 0),
    "DARKEN": (A + B - A * B, s * (1 - B) + d * (1 - A) + min(s, d)),
    "DST": (B, d),
    "DST_ATOP": (A, d * A + s * (1 - B)),
    "DST_IN": (A * B, d * A),
    "DST_OUT": (B * (1 - A), d * (1 - A)),
    "DST_OVER": (B + A * (1 - B), d + s * (1 - B)),
    "LIGHTEN": (A + B - A * B, s * (1 - B) + d * (1 - A) + max(s, d)),
    "MULTIPLY": (A * B, s * d),
    "OVERLAY": (A + B - A * B, 2 * s * d if 2 * d < B else A * B - 2 * (B - s) * (A - d)),
    "SCREEN": (A + B - A * B, s + d - s * d),
    "SRC": (A, s),
    "SRC_ATOP": (B, s * B + d * (1 - A)),
    "SRC_IN": (A * B, s * B),
    "SRC_OUT": (A * (1 - B), s * (1 - B)),
    "SRC_OVER": (A + B * (1 - A), s + d * (1 - A)),
    "XOR": (A + B - 2 * A * B, s * (1 - B) + d * (1 - A)),
}


@pytest.mark.parametrize("mode", MODES)
def test_modes(mode: str) -> None:
    color, mask = porter_duff(plane(S, 1, 3, 3, 3), plane(1 - A), plane(D, 1, 3, 3, 3), plane(1 - B), mode)
    opacity, premultiplied = WANTED[mode]
    torch.testing.assert_close(mask, plane(1 - opacity))
    straight = min(max(premultiplied / opacity, 0), 1) if opacity else 0
    torch.testing.assert_close(color, plane(straight, 1, 3, 3, 3))


def test_everything_is_fitted_to_the_destination() -> None:
    color, mask = porter_duff(
        torch.rand(3, 5, 9, 3), torch.rand(4, 4), torch.rand(2, 6, 8, 3), torch.rand(2, 2, 2), "XOR"
    )
    assert color.shape == (1, 6, 8, 3)
    assert mask.shape == (1, 6, 8)
    assert 0 <= float(color.min()) <= float(color.max()) <= 1


def test_other_channels_are_refused() -> None:
    with pytest.raises(ImagingError, match="Split Image with Alpha"):
        porter_duff(torch.rand(1, 4, 4, 4), torch.rand(4, 4), torch.rand(1, 4, 4, 3), torch.rand(4, 4), "SRC")
