"""JPEG: the EXIF block of application segment 1."""

from __future__ import annotations

from collections.abc import Iterator

from graphcore.workflow.metadata.exif import exif_texts
from graphcore.workflow.metadata.reader import Reader, text

MAGIC = b"\xff\xd8\xff"
_APP1, _COMMENT, _SCAN, _END = 0xE1, 0xFE, 0xDA, 0xD9


def jpeg_texts(reader: Reader) -> Iterator[tuple[str, str]]:
    """(key, text) of the EXIF block, and comments under the key `comment`."""
    offset = 2
    while offset + 4 <= reader.size:
        reader.step()
        mark, marker = reader.at(offset, 2)
        if mark != 0xFF or marker in (_SCAN, _END):
            return
        if marker == 0xFF:
            offset += 1
            continue
        length = reader.number(offset + 2, 2)
        data = reader.at(offset + 4, max(length - 2, 0))
        if marker == _APP1 and data.startswith(b"Exif\0\0"):
            yield from exif_texts(reader.within(data))
        elif marker == _COMMENT:
            yield "comment", text(data)
        offset += 2 + max(length, 2)
