import math

import pytest
import torch

from nodes.imaging.draw import label_height, labelled, shape_mask, text_mask
from nodes.imaging.shapes import ImagingError


@pytest.mark.parametrize(("shape", "area"), [("rectangle", 1.0), ("ellipse", math.pi / 4)])
def test_shapes_cover_their_area(shape: str, area: float) -> None:
    mask = shape_mask(shape, 200, 100, (0.1, 0.2, 0.605, 0.9))
    assert mask.shape == (1, 100, 200)
    assert float(mask.sum()) == pytest.approx(200 * 0.505 * 100 * 0.7 * area, rel=0.01)
    assert mask[0, 55, 70] == 1
    assert mask[0, :15].sum() == 0


def test_shapes_need_an_extent() -> None:
    with pytest.raises(ImagingError, match="no extent"):
        shape_mask("ellipse", 10, 10, (0.5, 0.1, 0.5, 0.9))


@pytest.mark.parametrize("place", ["center", "top", "bottom"])
def test_texts_stand_where_they_should(place: str) -> None:
    rows = text_mask("Hxg\nx", 200, 300, 30, place)[0].sum(1).nonzero().flatten()
    middle = (int(rows[0]) + int(rows[-1])) / 2
    assert {"center": 140 < middle < 160, "top": rows[0] < 3, "bottom": rows[-1] > 296}[place]
    assert text_mask("", 20, 20, 30, place).sum() == 0


def test_endless_texts_are_refused() -> None:
    with pytest.raises(ImagingError, match="at most"):
        text_mask("x" * 10_001, 20, 20, 30, "center")


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_labels_are_black_on_white(channels: int) -> None:
    image = torch.zeros(10, 80, channels)
    result = labelled(image, "a b", 16)
    assert result.shape == (10 + label_height(16), 80, channels)
    assert result[10:].max() == 1
    assert result[10:].min() < 0.3
