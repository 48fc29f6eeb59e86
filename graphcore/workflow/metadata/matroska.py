"""WebM and MKV: tags (RFC 9559; element ids and sizes as in RFC 8794)."""

from __future__ import annotations

from collections.abc import Iterator

from graphcore.workflow.metadata.reader import Reader, TruncatedFileError, text

MAGIC = b"\x1a\x45\xdf\xa3"
_MASTERS = frozenset({0x18538067, 0x1254C367, 0x7373, 0x67C8})
"""Segment, Tags, Tag, SimpleTag: their content is walked, everything else is stepped over."""
_TAG_NAME, _TAG_STRING = 0x45A3, 0x4487


def matroska_texts(reader: Reader) -> Iterator[tuple[str, str]]:
    """(name, text) of every tag."""
    offset, name = 0, ""
    while offset < reader.size:
        reader.step()
        id, start = _variable_number(reader, offset, keep_marker=True)
        length, start = _variable_number(reader, start)
        if id == _TAG_NAME and length >= 0:
            name = text(reader.at(start, length).rstrip(b"\0"))
        elif id == _TAG_STRING and length >= 0:
            yield name, text(reader.at(start, length).rstrip(b"\0"))
        # An element of unknown length, as live streams write them, can only be walked through.
        offset = start if id in _MASTERS or length < 0 else start + length


def _variable_number(reader: Reader, offset: int, *, keep_marker: bool = False) -> tuple[int, int]:
    """A number whose first byte says how long it is, and the place behind it; -1 for the unknown length."""
    first = reader.number(offset, 1)
    width = 9 - first.bit_length()
    if width > 8:
        raise TruncatedFileError
    value = reader.number(offset, width)
    if not keep_marker:
        limit = (1 << 7 * width) - 1
        value &= limit
        value = -1 if value == limit else value
    return value, offset + width
