"""Results as text and blocks: what comes back equals what went in, types included."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcore import Blocker
from graphcore.cache import Entry
from graphcore.container import Block, Damaged
from graphcore.serial import NoCodec, Unstorable, dump, load
from tests.graphcore.codecs import ArrayCodec

CODEC = ArrayCodec()


def through(entry: Entry) -> Entry:
    text, blocks = dump(entry, CODEC)
    return load(text, [Block(block.dtype, block.shape, block.data) for block in blocks], CODEC)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers() | st.tuples(st.text(), st.integers()), inner, max_size=4)
    ),
    max_leaves=15,
)


def same(one: Any, other: Any) -> bool:
    """Equal, and of equal types all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(map(str, one)) == list(map(str, other)) and all(
            same(*pair) for pair in zip(one.values(), other.values(), strict=True)
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    return bool(one == other)


@given(st.lists(PLAIN, max_size=3), st.none() | st.dictionaries(st.text(), st.lists(PLAIN, max_size=2), max_size=2))
def test_plain_values_come_back_exactly(values: list[Any], ui: dict[str, Any] | None) -> None:
    entry = through(Entry((values, []), ui))
    assert same(entry.outputs, (values, []))
    assert same(entry.ui, ui)


def test_numbers_that_json_lacks_and_lone_surrogates() -> None:
    values = [math.inf, -math.inf, math.nan, -0.0, 1e308, 2**200, "\ud800"]
    back = through(Entry((values,))).outputs[0]
    assert repr(back) == repr(values)


def test_arrays_and_blockers_come_back() -> None:
    array = np.arange(6.0).reshape(2, 3)
    entry = through(Entry(([{"samples": array, "mask": [array[:, :1]]}, Blocker("no"), Blocker()],)))
    latent, loud, silent = entry.outputs[0]
    np.testing.assert_array_equal(latent["samples"], array)
    np.testing.assert_array_equal(latent["mask"][0], array[:, :1])
    assert (loud.message, silent.message) == ("no", None)


class Text(str):
    """Not exactly a text."""


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [object(), Text("x"), {1, 2}, 1j, [object()], 10**5000, nested(100_000)], ids=type)
def test_what_has_no_stored_form_is_refused(value: Any) -> None:
    with pytest.raises(Unstorable):
        dump(Entry(([value],)), CODEC)


def test_without_a_codec_only_plain_data_is_stored() -> None:
    with pytest.raises(Unstorable, match="ndarray has no stored form"):
        dump(Entry(([np.zeros(2)],)), NoCodec())
    text, blocks = dump(Entry(([np.zeros(2)],)), CODEC)
    with pytest.raises(Damaged):
        load(text, blocks, NoCodec())


@pytest.mark.parametrize(
    "text",
    ["", "[", "5", "[[1,2],[]]", '[["l"],[]]', '[["q",1],[]]', '[["l",["t",["x",0]],null],[]]', "[" * 100_000,
     '[["l",["t"],null],["array"]]', '[["l",["t",["l",["b","a"]]],null],[]]', json.dumps([["l", ["d", 1], None], []])],
)  # fmt: skip
def test_text_of_another_making_is_damage(text: str) -> None:
    with pytest.raises(Damaged):
        load(text, [], CODEC)
