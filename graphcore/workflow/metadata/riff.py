"""WebP: the EXIF chunk of the RIFF container (WebP container specification)."""

from __future__ import annotations

from collections.abc import Iterator

from graphcore.workflow.metadata.exif import exif_texts
from graphcore.workflow.metadata.reader import Reader


def is_webp(head: bytes) -> bool:
    """Whether a file that starts like this is a WebP picture."""
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def webp_texts(reader: Reader) -> Iterator[tuple[str, str]]:
    """(key, text) of the EXIF chunk."""
    offset = 12
    while offset + 8 <= reader.size:
        reader.step()
        length = reader.number(offset + 4, 4, little=True)
        if reader.at(offset, 4) == b"EXIF":
            yield from exif_texts(reader.within(reader.at(offset + 8, length)))
        offset += 8 + length + length % 2
