import pytest
import torch

from nodes.imaging.draw import label_height
from nodes.imaging.grid import contact_sheet


@pytest.mark.parametrize(
    ("count", "columns", "size"), [(1, 0, (4, 6)), (4, 0, (10, 14)), (5, 0, (10, 22)), (3, 1, (16, 6))]
)
def test_rows_and_columns(count: int, columns: int, size: tuple[int, int]) -> None:
    sheet = contact_sheet([torch.rand(count, 4, 6, 3)], columns, 2, "white", [], 8)
    assert sheet.shape == (1, *size, 3)


def test_reading_order_gaps_and_fitting() -> None:
    first = torch.full((1, 4, 4, 3), 0.25)
    wide = torch.full((1, 2, 8, 1), 1.0)
    sheet = contact_sheet([first, wide], 2, 1, "red", [], 8)[0]
    assert sheet[:, 4].unique(dim=0).tolist() == [[1, 0, 0]]
    assert sheet[:, :4].unique().tolist() == [0.25]
    assert sheet[:, 6, 0].tolist() == [0, 1, 0, 0]  # a quarter as high as wide, and so centred


def test_labels_may_be_fewer_than_pictures() -> None:
    sheet = contact_sheet([torch.zeros(2, 40, 60, 3)], 2, 0, "white", ["one"], 12)
    assert sheet.shape == (1, 40 + label_height(12), 120, 3)
    assert sheet[0, 40:, :60].min() < 0.3
    assert sheet[0, 40:, 60:].min() == 1
