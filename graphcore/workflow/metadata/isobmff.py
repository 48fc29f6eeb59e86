"""MP4, MOV and AVIF: boxes (ISO/IEC 14496-12), metadata keys (QuickTime `mdta`, iTunes `ilst`), EXIF items."""

from __future__ import annotations

from collections.abc import Iterator

from graphcore.workflow.metadata.exif import exif_texts
from graphcore.workflow.metadata.reader import Reader, text

_FREE_FORM = b"----"
_COMMENT = b"\xa9cmt"


def isobmff_texts(reader: Reader) -> Iterator[tuple[str, str]]:
    """(key, text) of metadata keys at every place where writers put them, and of EXIF items."""
    for kind, start, end in _boxes(reader, 0, reader.size):
        if kind == b"moov":
            yield from _movie_texts(reader, start, end)
        elif kind == b"meta":
            yield from _item_texts(reader, start + 4, end)


def _movie_texts(reader: Reader, start: int, end: int) -> Iterator[tuple[str, str]]:
    for kind, inner, stop in _boxes(reader, start, end):
        if kind == b"meta":
            yield from _key_texts(reader, inner, stop)
        elif kind == b"udta":
            for user_kind, user_start, user_end in _boxes(reader, inner, stop):
                if user_kind == b"meta":
                    yield from _key_texts(reader, user_start, user_end)


def _key_texts(reader: Reader, start: int, end: int) -> Iterator[tuple[str, str]]:
    # QuickTime's own `meta` has no version field, ISO's has: the box type of the first child tells.
    if end - start >= 8 and reader.at(start + 4, 4) not in (b"hdlr", b"keys", b"ilst"):
        start += 4
    keys: list[str] = []
    for kind, inner, stop in _boxes(reader, start, end):
        if kind == b"keys":
            keys = [text(reader.at(at, to - at)) for _, at, to in _boxes(reader, inner + 8, stop)]
        elif kind == b"ilst":
            for item, item_start, item_end in _boxes(reader, inner, stop):
                yield from _item_text(reader, item, item_start, item_end, keys)


def _item_text(reader: Reader, item: bytes, start: int, end: int, keys: list[str]) -> Iterator[tuple[str, str]]:
    index = int.from_bytes(item, "big") - 1
    key = keys[index] if 0 <= index < len(keys) else "comment" if item == _COMMENT else ""
    for kind, inner, stop in _boxes(reader, start, end):
        if kind == b"name" and item == _FREE_FORM:
            key = text(reader.at(inner + 4, stop - inner - 4))
        elif kind == b"data" and key:
            yield key, text(reader.at(inner + 8, stop - inner - 8))


def _item_texts(reader: Reader, start: int, end: int) -> Iterator[tuple[str, str]]:
    """Texts of the EXIF items of a picture: a table says which items there are, another where they lie."""
    exif: set[int] = set()
    places: list[tuple[int, int, int]] = []
    for kind, inner, stop in _boxes(reader, start, end):
        if kind == b"iinf":
            exif |= set(_exif_items(reader, inner, stop))
        elif kind == b"iloc":
            places += _locations(reader, inner)
    for item, offset, length in places:
        if item in exif:
            data = reader.at(offset, length)
            skip = int.from_bytes(data[:4], "big")
            yield from exif_texts(reader.within(data[4 + skip :]))


def _exif_items(reader: Reader, start: int, end: int) -> Iterator[int]:
    header = 6 if reader.number(start, 1) == 0 else 8
    for kind, inner, _ in _boxes(reader, start + header, end):
        version = reader.number(inner, 1)
        width = 2 if version < 3 else 4
        if kind == b"infe" and version >= 2 and reader.at(inner + 4 + width + 2, 4) == b"Exif":
            yield reader.number(inner + 4, width)


def _locations(reader: Reader, start: int) -> Iterator[tuple[int, int, int]]:
    """(item, offset, length) of the items whose data lies in the file itself, in one piece."""
    version = reader.number(start, 1)
    sizes = reader.number(start + 4, 2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    wide = 2 if version < 2 else 4
    count, at = reader.number(start + 6, wide), start + 6 + wide
    for _ in range(count):
        reader.step()
        item, at = reader.number(at, wide), at + wide + (2 if version else 0) + 2
        base, at = reader.number(at, base_size), at + base_size
        extents, at = reader.number(at, 2), at + 2
        for _ in range(extents):
            reader.step()
            at += index_size
            offset, length = reader.number(at, offset_size), reader.number(at + offset_size, length_size)
            at += offset_size + length_size
            if extents == 1:
                yield item, base + offset, length


def _boxes(reader: Reader, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(type, start of data, end) of the boxes that lie one after the other between two places."""
    while start + 8 <= end:
        reader.step()
        length, kind, header = reader.number(start, 4), reader.at(start + 4, 4), 8
        if length == 1:
            length, header = reader.number(start + 8, 8), 16
        stop = end if length == 0 else start + length
        if stop < start + header or stop > end:
            return
        yield kind, start + header, stop
        start = stop
