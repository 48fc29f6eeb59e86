"""Laying weighted tokens into chunks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.text.chunks import TokenizerSpec, chunked

CLIP = TokenizerSpec(pad=0, start=-1, end=-2)
T5 = TokenizerSpec(pad=0, start=None, end=1, max_length=99999999, pad_to_max=False, min_length=256)
GROUPS = st.lists(st.lists(st.integers(10, 99), max_size=90), max_size=8)


def group(length, token=7, weight=1.5):
    return [(token, weight)] * length


def tokens(chunk):
    return [token for token, _ in chunk]


def test_no_content_is_one_chunk_of_padding():
    [chunk] = chunked([], CLIP)
    assert chunk == [(-1, 1.0), (-2, 1.0), *[(0, 1.0)] * 75]


def test_content_keeps_its_weight_and_the_rest_has_weight_one():
    [chunk] = chunked([group(2), group(1, token=8, weight=0.5)], CLIP)
    assert chunk[:5] == [(-1, 1.0), (7, 1.5), (7, 1.5), (8, 0.5), (-2, 1.0)]


def test_a_group_that_fills_the_chunk_exactly_stays():
    [chunk] = chunked([group(75)], CLIP)
    assert tokens(chunk) == [-1, *[7] * 75, -2]


def test_a_long_group_is_cut_anywhere():
    first, second = chunked([group(70), group(8, token=9)], CLIP)
    assert tokens(first) == [-1, *[7] * 70, *[9] * 5, -2]
    assert tokens(second) == [-1, *[9] * 3, -2, *[0] * 72]


def test_a_short_group_moves_whole_and_leaves_padding_after_the_end():
    first, second = chunked([group(70), group(7, token=9)], CLIP)
    assert tokens(first) == [-1, *[7] * 70, -2, *[0] * 5]
    assert tokens(second) == [-1, *[9] * 7, -2, *[0] * 68]


def test_a_short_group_after_a_full_chunk_leaves_no_padding():
    first, second = chunked([group(75), group(1, token=9)], CLIP)
    assert tokens(first) == [-1, *[7] * 75, -2]
    assert tokens(second)[:3] == [-1, 9, -2]


def test_what_is_left_of_a_long_group_still_counts_as_long():
    chunks = chunked([group(75 * 2 + 3)], CLIP)
    assert [tokens(chunk).count(7) for chunk in chunks] == [75, 75, 3]


def test_one_chunk_of_any_length_is_padded_to_its_least_length():
    [short] = chunked([group(3)], T5)
    assert tokens(short) == [7, 7, 7, 1, *[0] * 252]
    [long] = chunked([group(300), group(2)], T5)
    assert tokens(long) == [*[7] * 302, 1]


def test_padding_that_always_comes_counts_towards_the_least_length():
    [chunk] = chunked([group(3)], TokenizerSpec(0, None, 1, 99999999, False, min_length=6, min_padding=4))
    assert tokens(chunk) == [7, 7, 7, 1, 0, 0, 0, 0]


@given(GROUPS)
def test_every_chunk_is_full_length_and_no_token_is_lost(lengths):
    groups = [[(token, 1.0) for token in own] for own in lengths]
    chunks = chunked(groups, CLIP)
    assert {len(chunk) for chunk in chunks} == {77}
    assert all(tokens(chunk)[0] == -1 and tokens(chunk).count(-2) == 1 for chunk in chunks)
    assert [t for chunk in chunks for t in tokens(chunk) if t >= 10] == [t for own in lengths for t in own]


@pytest.mark.parametrize(("spec", "length", "row"), [(CLIP, 4, [-1, -2, 0, 0]), (CLIP, 0, [-1, -2]), (T5, 2, [1, 0])])
def test_the_empty_row(spec, length, row):
    assert spec.empty(length) == row
