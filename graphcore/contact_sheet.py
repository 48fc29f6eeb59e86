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
LINE = TEXT + 2  # pixels, a line of a label
NARROWEST = 128  # pixels, of a cell: small pictures have labels too
PAPER, INK = (23, 24, 28), (230, 232, 236)
LARGEST = 256  # pixels, the longer side of a picture on the sheet


def contact_sheet(pictures: Sequence[Path], labels: Sequence[str], columns: int) -> Image:
    """The pictures of these files, `columns` in a row, shrunk to a common cell; labels take the lines they need."""
    from PIL import Image, ImageDraw, ImageFont

    thumbnails = [_thumbnail(path) for path in pictures]
    width = max([picture.width for picture in thumbnails] + [NARROWEST])
    height = max((picture.height for picture in thumbnails), default=1)
    font = ImageFont.load_default(TEXT)
    texts = [_lines(label, width, font) for label in labels]
    rows = -(-len(thumbnails) // columns)
    step = width + GAP, height + LINE * max(map(len, texts), default=1) + 2 * GAP
    sheet = Image.new("RGB", (columns * step[0] + GAP, rows * step[1] + GAP), PAPER)
    pen = ImageDraw.Draw(sheet)
    for index, (picture, lines) in enumerate(zip(thumbnails, texts, strict=True)):
        left, top = GAP + index % columns * step[0], GAP + index // columns * step[1]
        sheet.paste(picture, (left, top))
        for number, line in enumerate(lines):
            pen.text((left, top + height + GAP // 2 + number * LINE), line, INK, font)
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


def _lines(label: str, width: int, font: FreeTypeFont | ImageFont) -> list[str]:
    """A label in lines of that width, broken between words; a word that is wider is cut."""
    lines: list[str] = [""]
    for word in label.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(_fitting(word, width, font))
    return [line for line in lines if line] or [""]


def _fitting(label: str, width: int, font: FreeTypeFont | ImageFont) -> str:
    if font.getlength(label) <= width:
        return label
    while label and font.getlength(label + "…") > width:
        label = label[:-1]
    return label + "…"
