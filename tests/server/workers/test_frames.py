"""The frames that server and worker exchange."""

from __future__ import annotations

import asyncio
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.workers.frames import LENGTHS, BrokenFrame, dump, pack, read, read_async

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), JSON, max_size=4), st.binary(max_size=200))
def test_what_is_packed_is_read(header: dict[str, Any], blob: bytes) -> None:
    frame = pack(header, blob)
    assert read(io.BytesIO(frame)) == (header, blob)
    assert [read(io.BytesIO(frame[:cut])) for cut in (0, 3, len(frame) - 1)] == [None] * 3


async def test_frames_follow_each_other_in_an_event_loop() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(pack({"a": 1}, b"xyz") + pack({"b": 2}) + pack({"cut": "off"})[:-1])
    reader.feed_eof()
    assert [await read_async(reader) for _ in range(3)] == [({"a": 1}, b"xyz"), ({"b": 2}, b""), None]


@pytest.mark.parametrize(
    "data",
    [LENGTHS.pack(2**31, 5), LENGTHS.pack(3, 0) + b"[1]", LENGTHS.pack(3, 0) + b"\x80\x02K", LENGTHS.pack(1, 0) + b"x"],
)
def test_nonsense_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenFrame):
        read(io.BytesIO(data))


def test_numbers_of_numpys_and_sets_are_what_they_are() -> None:
    odd = {"number": np.int64(3), "share": np.float32(0.5), "keys": {"a": 1}.keys(), "set": {2}, "type": np.float32}
    found = json.loads(dump(odd))
    assert found.pop("type") == str(np.float32)
    assert found == {"number": 3, "share": 0.5, "keys": ["a"], "set": [2]}
    assert json.loads(dump([{"a": float("nan")}, {1: np.int8(2)}])) == [{"a": None}, {"1": 2}]


def test_numbers_that_python_has_none_like_become_text() -> None:
    wide = [np.longdouble("0.5"), np.clongdouble(1j)]
    assert json.loads(dump(wide)) == ["0.5", "1j"]
    assert json.loads(dump([math.nan, *wide])) == [None, "0.5", "1j"]


def test_everything_can_be_dumped() -> None:
    odd = {"nan": math.nan, "inf": [math.inf], 5: (1, {2}), "path": Path("x"), "deep": {("a", 1): b"bytes"}}
    found = json.loads(dump(odd))
    assert found == {
        "nan": None,
        "inf": [None],
        "5": [1, [2]],
        "path": "x",
        "deep": {"('a', 1)": "b'bytes'"},
    }
