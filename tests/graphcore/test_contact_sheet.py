"""Contact sheets: a grid of pictures with labels, saved beside what is there already."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageChops

from graphcore.contact_sheet import GAP, NARROWEST, PAPER, contact_sheet, save_numbered


def picture(folder: Path, name: str, size: tuple[int, int], colour: str) -> Path:
    Image.new("RGB", size, colour).save(folder / name)
    return folder / name


def test_pictures_stand_in_rows_of_as_many_columns(tmp_path: Path) -> None:
    files = [picture(tmp_path, f"{i}.png", (140, 30), colour) for i, colour in enumerate(("red", "lime", "blue"))]
    sheet = contact_sheet(files, ["a", "b", "c"], 2)
    row = (sheet.height - GAP) // 2
    assert sheet.width == 2 * (140 + GAP) + GAP
    assert sheet.getpixel((GAP, GAP)) == (255, 0, 0)
    assert sheet.getpixel((GAP + 140 + GAP, GAP)) == (0, 255, 0)
    assert sheet.getpixel((GAP, GAP + row)) == (0, 0, 255)
    assert sheet.getpixel((sheet.width - GAP - 1, GAP + row)) == PAPER


def inked(labelled: Image.Image, plain: Image.Image) -> list[tuple[int, int]]:
    """The places where one sheet differs from another in size and colour of its upper part."""
    return [
        (x, y)
        for x in range(labelled.width)
        for y in range(labelled.height)
        if labelled.getpixel((x, y)) != (plain.getpixel((x, y)) if y < plain.height else PAPER)
    ]


def test_labels_are_written_and_kept_within_their_cell(tmp_path: Path) -> None:
    files = [picture(tmp_path, f"{i}.png", (140, 30), "black") for i in range(2)]
    plain = contact_sheet(files, ["", ""], 2)
    for label in ("seed 5", "a very long label indeed, in lines", "OneWordThatIsWiderThanAnyCellCouldBe"):
        changed = inked(contact_sheet(files, [label, ""], 2), plain)
        assert changed
        assert all(x < GAP + 140 + GAP and y >= GAP + 30 for x, y in changed), label


def test_labels_of_small_pictures_can_be_told_apart(tmp_path: Path) -> None:
    files = [picture(tmp_path, f"{i}.png", (16, 16), "black") for i in range(2)]
    labels = ["KSampler.sampler_name euler, seed 1", "KSampler.sampler_name euler, seed 2"]
    sheet = contact_sheet(files, labels, 2)
    left, right = (sheet.crop((x, 0, x + NARROWEST, sheet.height)) for x in (GAP, GAP + NARROWEST + GAP))
    assert ImageChops.difference(left, right).getbbox()


def test_large_and_odd_pictures_shrink_to_the_cell(tmp_path: Path) -> None:
    Image.new("LA", (2000, 10)).save(tmp_path / "wide.png")
    sheet = contact_sheet([tmp_path / "wide.png"], ["x"], 1)
    assert sheet.width == 256 + 2 * GAP


def test_numbers_never_overwrite(tmp_path: Path) -> None:
    sheet = Image.new("RGB", (4, 4))
    first, second = (save_numbered(sheet, tmp_path / "new", "s") for _ in range(2))
    assert (first.name, second.name) == ("s_00001_.png", "s_00002_.png")
