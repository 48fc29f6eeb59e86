"""Contact sheets: all pictures in rows and columns, with a label under each."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from nodes.imaging.draw import labelled
from nodes.imaging.pad import COLORS
from nodes.imaging.scale import resize_image
from nodes.imaging.shapes import ImagingError, check_image, check_room, chosen


def contact_sheet(
    images: Sequence[torch.Tensor], columns: int, gap: int, color: str, labels: Sequence[str], label_size: int
) -> torch.Tensor:
    """(1,H,W,3): every picture of every batch [B,h,w,C] in reading order.

    Cells are as large as the first picture; others are fitted into them. `columns` 0 makes the sheet about square.
    Labels that are missing leave their strip blank; without any there are no strips.
    """
    height, width = check_image(images[0], "images").shape[1:3]
    pictures = [picture for image in images for picture in check_image(image, "images")]
    if {picture.shape[-1] for picture in pictures} - {1, 3, 4}:
        raise ImagingError("A sheet holds pictures of 1, 3 or 4 channels only.")
    cells = [_fitted(picture, width, height) for picture in pictures]
    if labels:
        texts = [*labels, *[""] * len(cells)]
        cells = [labelled(cell, text, label_size) for cell, text in zip(cells, texts, strict=False)]
    columns = min(columns or math.ceil(math.sqrt(len(cells))), len(cells))
    return _laid_out(cells, columns, gap, chosen(COLORS, color))[None]


def _fitted(picture: torch.Tensor, width: int, height: int) -> torch.Tensor:
    colors = picture[..., :3].expand(-1, -1, 3)
    if colors.shape[:2] == (height, width):
        return colors
    scale = min(width / colors.shape[1], height / colors.shape[0])
    size = (max(1, round(colors.shape[1] * scale)), max(1, round(colors.shape[0] * scale)))
    inner = resize_image(colors[None], *size, "lanczos")[0]
    cell = picture.new_zeros(height, width, 3)
    x, y = (width - size[0]) // 2, (height - size[1]) // 2
    cell[y : y + size[1], x : x + size[0]] = inner
    return cell


def _laid_out(cells: Sequence[torch.Tensor], columns: int, gap: int, color: Sequence[float]) -> torch.Tensor:
    height, width = cells[0].shape[:2]
    rows = math.ceil(len(cells) / columns)
    shape = (rows * (height + gap) - gap, columns * (width + gap) - gap, 3)
    check_room(*shape, what="sheet")
    sheet = torch.tensor(color).expand(shape).clone()
    for number, cell in enumerate(cells):
        y, x = (number // columns) * (height + gap), (number % columns) * (width + gap)
        sheet[y : y + height, x : x + width] = cell
    return sheet
