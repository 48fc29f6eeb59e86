"""PNG and APNG: text chunks (PNG specification, third edition, 11.3.3), and the `comf` chunk of animated files."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping

from graphcore.errors import WorkflowError
from graphcore.workflow.metadata.exif import exif_texts
from graphcore.workflow.metadata.reader import Reader, TruncatedFileError, text

MAGIC = b"\x89PNG\r\n\x1a\n"
_KEYWORD = 80
"""A keyword and the zero behind it take no more bytes."""
_TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt", b"comf", b"eXIf")


def png_texts(reader: Reader) -> Iterator[tuple[str, str]]:
    """(keyword, text) of every text chunk, compressed ones included."""
    for kind, start, length in _chunks(reader):
        if kind in _TEXT_CHUNKS:
            data = reader.at(start, length)
            yield from exif_texts(reader.within(data)) if kind == b"eXIf" else [_read_text(reader, kind, data)]


def with_texts(png: bytes, texts: Mapping[str, str]) -> bytes:
    """The picture with `texts` as tEXt chunks right behind its header; chunks with the same keywords are replaced.

    Texts must be Latin-1, as JSON with ASCII escapes is. Raises WorkflowError when `png` is no PNG file.
    """
    if not png.startswith(MAGIC):
        raise WorkflowError("This is not a PNG file, so no workflow can be written into it. Save the picture as PNG.")
    try:
        return b"".join(_parts(png, texts))
    except TruncatedFileError:
        raise WorkflowError("This PNG file is damaged; save the picture again.") from None


def _parts(png: bytes, texts: Mapping[str, str]) -> Iterator[bytes]:
    reader = Reader(png)
    yield MAGIC
    for kind, start, length in _chunks(reader):
        if kind in (b"tEXt", b"zTXt", b"iTXt") and _keyword(reader.at(start, min(length, _KEYWORD))) in texts:
            continue
        yield png[start - 8 : start + length + 4]
        if kind == b"IHDR":
            yield from (_text_chunk(keyword, content) for keyword, content in texts.items())


def _chunks(reader: Reader) -> Iterator[tuple[bytes, int, int]]:
    """(type, start of data, length) of every chunk."""
    offset = len(MAGIC)
    while offset + 12 <= reader.size:
        reader.step()
        length, kind = reader.number(offset, 4), reader.at(offset + 4, 4)
        yield kind, offset + 8, length
        offset += length + 12


def _keyword(data: bytes) -> str:
    return text(data.partition(b"\0")[0])


def _read_text(reader: Reader, kind: bytes, data: bytes) -> tuple[str, str]:
    rest = data.partition(b"\0")[2]
    if kind == b"zTXt":
        rest = reader.inflate(rest[1:])
    elif kind == b"iTXt":
        compressed = rest[:1] == b"\1"
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        rest = reader.inflate(rest) if compressed else rest
    return _keyword(data), text(rest)


def _text_chunk(keyword: str, content: str) -> bytes:
    data = b"tEXt" + keyword.encode("latin-1") + b"\0" + content.encode("latin-1")
    return struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
