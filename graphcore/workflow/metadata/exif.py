"""EXIF blocks: `key:json` in text tags of the first directory, or JSON in the user comment (EXIF 2.32, TIFF 6.0)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from graphcore.workflow.metadata.reader import Reader, TruncatedFileError, text

_PREFIX = b"Exif\0\0"
_ASCII, _UNDEFINED = 2, 7
_EXIF_DIRECTORY, _USER_COMMENT = 0x8769, 0x9286
_CHARSETS = {
    b"ASCII\0\0\0": "ascii",
    b"UNICODE\0": "utf-16",
    b"\0\0\0\0\0\0\0\0": "utf-8",
    b"JIS\0\0\0\0\0": "shift-jis",
}


def exif_texts(block: Reader) -> Iterator[tuple[str, str]]:
    """(key, text) of every text tag; a tag without `key:` and the user comment come under the key `comment`."""
    start = len(_PREFIX) if block.head(len(_PREFIX)) == _PREFIX else 0
    mark = block.at(start, min(4, block.size - start))
    if mark not in (b"II*\0", b"MM\0*"):
        return
    order: Literal["little", "big"] = "little" if mark[:2] == b"II" else "big"
    reader = block.within(block.at(start, block.size - start)) if start else block
    pending, seen = [int.from_bytes(reader.at(4, 4), order)], set[int]()
    while pending:
        directory = pending.pop(0)
        if directory in seen:
            continue
        seen.add(directory)
        for tag, kind, value in _entries(reader, directory, order):
            if tag == _EXIF_DIRECTORY:
                pending.append(int.from_bytes(value[:4], order))
            elif tag == _USER_COMMENT:
                yield "comment", _user_comment(value, order)
            elif kind == _ASCII:
                yield _split(text(value.rstrip(b"\0")))


def _entries(reader: Reader, directory: int, order: Literal["little", "big"]) -> Iterator[tuple[int, int, bytes]]:
    """(tag, type, data) of the entries whose data is text, bytes or a directory."""
    for i in range(int.from_bytes(reader.at(directory, 2), order)):
        reader.step()
        entry = reader.at(directory + 2 + 12 * i, 12)
        tag, kind, count = (int.from_bytes(part, order) for part in (entry[:2], entry[2:4], entry[4:8]))
        if tag == _EXIF_DIRECTORY:
            yield tag, kind, entry[8:12]
        elif kind in (_ASCII, _UNDEFINED):
            start = directory + 2 + 12 * i + 8 if count <= 4 else int.from_bytes(entry[8:12], order)
            yield tag, kind, reader.at(start, count)


def _split(value: str) -> tuple[str, str]:
    key, colon, rest = value.partition(":")
    return (key, rest) if colon and key.isidentifier() else ("comment", value)


def _user_comment(value: bytes, order: Literal["little", "big"]) -> str:
    charset = _CHARSETS.get(value[:8])
    if charset is None:
        return text(value)
    if charset == "utf-16" and value[8:10] not in (b"\xff\xfe", b"\xfe\xff"):
        charset = "utf-16-le" if order == "little" else "utf-16-be"
    try:
        return value[8:].decode(charset).rstrip("\0")
    except UnicodeDecodeError:
        raise TruncatedFileError from None
