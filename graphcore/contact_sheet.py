"""A contact sheet: pictures in a grid, each with a label below it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont, ImageFont

GAP = 8  # pixels between pictures
TEXT = 16  # pixels, the size of the labels
PAPER, INK = (23, 24, 28), (230, 232, 236)
LARGEST = 256  # pixels, the longer side of a picture on the sheet


def contact_sheet(pictures: Sequence[Path], labels: Sequence[str], columns: int) -> Image:
    """The pictures of these files, `columns` in a row, shrunk to a common cell; labels are cut to its width."""
    from PIL import Image, ImageDraw, ImageFont

    thumbnails = [_thumbnail(path) for path in pictures]
    width = max((picture.width for picture in thumbnails), default=1)
    height = max((picture.height for picture in thumbnails), default=1)
    rows = -(-len(thumbnails) // columns)
    step = width + GAP, height + TEXT + 2 * GAP
    sheet = Image.new("RGB", (columns * step[0] + GAP, rows * step[1] + GAP), PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(TEXT)
    for index, (picture, label) in enumerate(zip(thumbnails, labels, strict=True)):
        left, top = GAP + index % columns * step[0], GAP + index // columns * step[1]
        sheet.paste(picture, (left, top))
        pen.text((left, top + height + GAP // 2), _fitting(label, width, font), INK, font)
    return sheet


def save_numbered(picture: Image, folder: Path, name: str) -> Path:
    """Save as `NAME_00001_.png`, or the first number that is free; an existing file is never overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = folder / f"{name}_{number:05}_.png"
        try:
            with path.open("xb") as file:
                picture.save(file, format="PNG")
        except FileExistsError:
            number += 1
        else:
            return path


def _thumbnail(path: Path) -> Image:
    from PIL import Image

    with Image.open(path) as picture:
        small = picture.convert("RGB")
    small.thumbnail((LARGEST, LARGEST))
    return small


def _fitting(label: str, width: int, font: FreeTypeFont | ImageFont) -> str:
    if font.getlength(label) <= width:
        return label
    while label and font.getlength(label + "…") > width:
        label = label[:-1]
    return label + "…"
