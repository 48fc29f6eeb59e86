"""Boxes of films and pictures: texts where other programs than ours put them."""

from __future__ import annotations

import struct

from graphcore.workflow.metadata.isobmff import isobmff_texts
from graphcore.workflow.metadata.reader import Reader
from tests.graphcore.workflow.containers import box


def texts(data: bytes) -> list[tuple[str, str]]:
    return list(isobmff_texts(Reader(data)))


def item(text: str) -> bytes:
    return box(b"data", b"\0\0\0\1\0\0\0\0" + text.encode())


def film(*items: bytes, beside: bytes = b"") -> bytes:
    meta = box(b"meta", b"\0\0\0\0" + box(b"hdlr", b"\0" * 25) + box(b"ilst", b"".join(items)))
    return box(b"ftyp", b"isom") + box(b"moov", box(b"udta", beside + meta))


def test_comments_and_free_form_texts() -> None:
    free = box(b"----", box(b"mean", b"\0\0\0\0com.example") + box(b"name", b"\0\0\0\0prompt") + item("{}"))
    assert texts(film(box(b"\xa9cmt", item("said")), free)) == [("comment", "said"), ("prompt", "{}")]


def test_texts_without_a_name_are_left_out() -> None:
    assert texts(film(box(b"\xa9nam", item("a title")), box(struct.pack(">I", 9), item("no such key")))) == []


def test_other_boxes_beside_them_do_no_harm() -> None:
    assert texts(film(box(b"\xa9cmt", item("said")), beside=box(b"Xtra", b"1234"))) == [("comment", "said")]


def test_boxes_that_claim_impossible_lengths_end_the_reading() -> None:
    assert texts(film(box(b"\xa9cmt", item("said"))) + struct.pack(">I", 3) + b"free") == [("comment", "said")]
    assert texts(struct.pack(">I", 4000) + b"moov") == []
