"""Text frames of MP3 tags: both versions, extended headers, unsynchronised tags, comments."""

from __future__ import annotations

import struct

import pytest

from graphcore.workflow.metadata.id3 import id3_texts
from graphcore.workflow.metadata.reader import Reader, TruncatedFileError


def syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def frame(kind: bytes, body: bytes, version: int = 4) -> bytes:
    return kind + (syncsafe(len(body)) if version == 4 else struct.pack(">I", len(body))) + b"\0\0" + body


def tag(content: bytes, version: int = 4, flags: int = 0) -> bytes:
    return b"ID3" + bytes([version, 0, flags]) + syncsafe(len(content)) + content


def texts(data: bytes) -> list[tuple[str, str]]:
    return list(id3_texts(Reader(data)))


def test_user_texts_and_comments() -> None:
    frames = frame(b"TIT2", b"\3title") + frame(b"TXXX", b"\3prompt\0{}") + frame(b"COMM", b"\3eng\0said")
    assert texts(tag(frames)) == [("prompt", "{}"), ("comment", "said")]
    assert texts(tag(frames + b"\0" * 20)) == [("prompt", "{}"), ("comment", "said")]


@pytest.mark.parametrize(("version", "header"), [(4, syncsafe(6) + b"\1\0"), (3, struct.pack(">I", 6) + b"\0" * 6)])
def test_an_extended_header_is_stepped_over(version: int, header: bytes) -> None:
    assert texts(tag(header + frame(b"TXXX", b"\3a\0b", version), version, 0x40)) == [("a", "b")]


def test_an_unsynchronised_tag_is_put_right() -> None:
    body = b"\1" + "a\0b".encode("utf-16")
    written = frame(b"TXXX", body, 3).replace(b"\xff", b"\xff\0")
    assert b"\xff\0\xfe" in written
    assert texts(tag(written, 3, 0x80)) == [("a", "b")]


def test_text_that_is_not_in_its_encoding_ends_the_reading() -> None:
    with pytest.raises(TruncatedFileError):
        texts(tag(frame(b"TXXX", b"\3\xff\xfe")))


def test_an_empty_frame_is_an_empty_text() -> None:
    assert texts(tag(frame(b"TXXX", b""))) == [("", "")]
