"""Text tags and user comments of EXIF blocks, as cameras and programs write them."""

from __future__ import annotations

import struct

import pytest

from graphcore.workflow.metadata.exif import exif_texts
from graphcore.workflow.metadata.reader import Reader, TruncatedFileError

COMMENT = 0x9286


def block(*entries: tuple[int, int, bytes], order: str = "<") -> bytes:
    """A TIFF block with one directory; each entry is (tag, type, data)."""
    start, rows, data = 8 + 2 + 12 * len(entries) + 4, b"", b""
    for tag, kind, value in entries:
        place = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack(order + "I", start + len(data))
        rows += struct.pack(order + "HHI", tag, kind, len(value)) + place
        data += value if len(value) > 4 else b""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "IH", 8, len(entries)) + rows + b"\0\0\0\0" + data


def texts(data: bytes) -> list[tuple[str, str]]:
    return list(exif_texts(Reader(data)))


@pytest.mark.parametrize(
    ("value", "order", "read"),
    [
        (b"ASCII\0\0\0plain\0", "<", "plain"),
        (b"UNICODE\0" + "wide é".encode("utf-16-le"), "<", "wide é"),
        (b"UNICODE\0" + "wide é".encode("utf-16-be"), ">", "wide é"),
        (b"UNICODE\0\xfe\xff" + "marked".encode("utf-16-be"), "<", "marked"),
        (b"\0\0\0\0\0\0\0\0" + "eight é".encode(), "<", "eight é"),
        (b"JIS\0\0\0\0\0" + "日本".encode("shift-jis"), "<", "日本"),
        (b'{"no": "charset at all"}', "<", '{"no": "charset at all"}'),
    ],
)
def test_comments_in_every_charset(value: bytes, order: str, read: str) -> None:
    assert texts(block((COMMENT, 7, value), order=order)) == [("comment", read)]


def test_a_comment_that_is_not_in_its_charset_ends_the_reading() -> None:
    with pytest.raises(TruncatedFileError):
        texts(block((COMMENT, 7, b"ASCII\0\0\0\xff\xfe")))


def test_only_texts_are_taken() -> None:
    found = texts(block((0x0100, 3, b"\1\0"), (0x9000, 7, b"0232"), (0x010F, 2, b"prompt:{}\0"), (0x0110, 2, b"Cam\0")))
    assert found == [("prompt", "{}"), ("comment", "Cam")]


def test_a_directory_that_names_itself_is_read_once() -> None:
    ring = block((0x8769, 4, struct.pack("<I", 8)), (0x010F, 2, b"prompt:{}\0"))
    assert texts(ring) == [("prompt", "{}")]


def test_what_is_no_tiff_has_no_texts() -> None:
    assert texts(b"Exif\0\0no tiff") == []
    assert texts(b"") == []
