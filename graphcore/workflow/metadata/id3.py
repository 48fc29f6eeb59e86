"""MP3: text frames of an ID3v2 tag (id3.org, versions 2.3 and 2.4)."""

from __future__ import annotations

from collections.abc import Iterator

from graphcore.workflow.metadata.reader import Reader, TruncatedFileError

MAGIC = b"ID3"
_ENCODINGS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}
_EXTENDED, _UNSYNCHRONISED = 0x40, 0x80


def id3_texts(reader: Reader) -> Iterator[tuple[str, str]]:
    """(description, text) of every user text frame, and (`comment`, text) of comments."""
    version, flags = reader.number(3, 1), reader.number(5, 1)
    tag = reader.at(10, _syncsafe(reader.at(6, 4)))
    if flags & _UNSYNCHRONISED:
        tag = tag.replace(b"\xff\x00", b"\xff")
    frames = reader.within(tag)
    offset = 0
    if flags & _EXTENDED:
        offset = _syncsafe(frames.at(0, 4)) if version == 4 else 4 + frames.number(0, 4)
    while offset + 10 <= frames.size:
        frames.step()
        kind = frames.at(offset, 4)
        if kind == b"\0\0\0\0":
            return
        length = _syncsafe(frames.at(offset + 4, 4)) if version == 4 else frames.number(offset + 4, 4)
        if kind == b"TXXX":
            yield _described(frames.at(offset + 10, length), language=0)
        elif kind == b"COMM":
            yield "comment", _described(frames.at(offset + 10, length), language=3)[1]
        offset += 10 + length


def _described(frame: bytes, *, language: int) -> tuple[str, str]:
    """(description, text) of a frame: encoding, perhaps a language, description, zero, text."""
    encoding = _ENCODINGS.get(frame[0] if frame else 0, "latin-1")
    try:
        # Each half of UTF-16 text has its own byte order mark, and only the decoded text can be split safely.
        content = frame[1 + language :].decode(encoding)
    except UnicodeDecodeError:
        raise TruncatedFileError from None
    description, _, value = content.partition("\0")
    return description.lstrip("\ufeff"), value.lstrip("\ufeff\ufffe").rstrip("\0")


def _syncsafe(number: bytes) -> int:
    """A number of four bytes with seven bits each."""
    a, b, c, d = (byte & 0x7F for byte in number)
    return a << 21 | b << 14 | c << 7 | d
