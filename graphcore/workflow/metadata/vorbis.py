"""FLAC (RFC 9639), Ogg (RFC 3533) with Vorbis or Opus (RFC 7845): Vorbis comments."""

from __future__ import annotations

from collections.abc import Iterator

from graphcore.workflow.metadata.reader import Reader, TruncatedFileError, text

FLAC_MAGIC, OGG_MAGIC = b"fLaC", b"OggS"
_COMMENT_BLOCK = 4
_MAX_STREAMS = 64
_HEADERS = (b"OpusTags", b"\x03vorbis", b"\x7fFLAC")


def flac_texts(reader: Reader) -> Iterator[tuple[str, str]]:
    """(key, text) of the comment block."""
    offset, last = len(FLAC_MAGIC), False
    while not last:
        reader.step()
        kind, length = reader.number(offset, 1), reader.number(offset + 1, 3)
        last = bool(kind & 0x80)
        if kind & 0x7F == _COMMENT_BLOCK:
            yield from vorbis_comments(reader.within(reader.at(offset + 4, length)))
        offset += 4 + length


def ogg_texts(reader: Reader) -> Iterator[tuple[str, str]]:
    """(key, text) of the comment header of every stream."""
    for packet in _first_packets(reader):
        for header in _HEADERS:
            if packet.startswith(header):
                yield from vorbis_comments(reader.within(packet[len(header) :]))


def vorbis_comments(reader: Reader) -> Iterator[tuple[str, str]]:
    """(key, text) of a comment block: vendor, count, then `KEY=text`, each with its length before it."""
    offset = 4 + reader.number(0, 4, little=True)
    count, offset = reader.number(offset, 4, little=True), offset + 4
    for _ in range(count):
        reader.step()
        length = reader.number(offset, 4, little=True)
        key, _, value = reader.at(offset + 4, length).partition(b"=")
        yield text(key), text(value)
        offset += 4 + length


def _first_packets(reader: Reader) -> Iterator[bytes]:
    """Packets of all streams up to the second of each, where the comments are; packets may span many pages."""
    offset, partial, finished = 0, dict[int, bytearray](), dict[int, int]()
    while offset + 27 <= reader.size:
        if reader.at(offset, 4) != OGG_MAGIC or len(partial) + len(finished) > _MAX_STREAMS:
            raise TruncatedFileError
        serial, segments = reader.number(offset + 14, 4), reader.number(offset + 26, 1)
        lengths = reader.at(offset + 27, segments)
        data, start = reader.at(offset + 27 + segments, sum(lengths)), 0
        for length in lengths:
            reader.step()
            packet = partial.setdefault(serial, bytearray())
            packet += data[start : start + length]
            start += length
            if length < 255:
                finished[serial] = finished.get(serial, 0) + 1
                yield bytes(partial.pop(serial))
        if finished and all(count >= 2 for count in finished.values()):
            return
        offset += 27 + segments + len(data)
