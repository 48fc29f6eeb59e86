import pytest
import torch

from nodes.imaging.canny import canny_edges
from nodes.imaging.shapes import ImagingError


def test_a_step_gives_one_line_on_its_dark_side() -> None:
    image = torch.zeros(1, 12, 12, 3)
    image[:, :, 6:] = 1
    edges = canny_edges(image, 0.1, 0.2)
    assert edges.unique().tolist() == [0, 1]
    assert edges[0, 6, :, 0].nonzero().flatten().tolist() == [5]


def test_weak_edges_count_only_where_they_touch_strong_ones() -> None:
    image = torch.zeros(1, 40, 20, 3)
    image[:, :, :6] = torch.linspace(0.6, 0.1, 40).view(1, 40, 1, 1)  # a step that is strong at its upper end only
    edges = canny_edges(image, 0.2, 1.0)[0, :, :, 0]
    assert edges[36, 4:8].sum() == 1
    assert canny_edges(image[:, 20:], 0.2, 1.0)[..., 4:8, 0].sum() == 0


def test_flat_pictures_have_no_edges() -> None:
    assert canny_edges(torch.full((2, 8, 8, 3), 0.5), 0.01, 0.02).sum() == 0


@pytest.mark.parametrize(
    ("shape", "low", "high", "says"),
    [((1, 8, 8, 3), 0.5, 0.4, "swap"), ((1, 2, 8, 3), 0.1, 0.4, "3x3"), ((1, 8, 8, 1), 0.1, 0.4, "colour")],
)
def test_refusals_say_what_to_do(shape: tuple[int, ...], low: float, high: float, says: str) -> None:
    with pytest.raises(ImagingError, match=says):
        canny_edges(torch.rand(shape), low, high)
