"""Amounts of memory as users write them, on the command line and in the environment."""

from __future__ import annotations

import pytest

from graphcore.errors import UserError
from graphcore.model_memory import BUDGET, RESERVE, limit, size_of, variables


@pytest.mark.parametrize(
    ("text", "nbytes"),
    [("6G", 6 * 2**30), ("800 MB", 800 * 2**20), ("1.5GiB", 1.5 * 2**30), ("12", 12), ("0", 0), (" 2t ", 2 * 2**40)],
)
def test_sizes_are_written_in_units(text: str, nbytes: float) -> None:
    assert size_of(text) == nbytes


@pytest.mark.parametrize("text", ["much", "-1G", "6X", "", "G"])
def test_what_is_no_size_is_refused_in_words(text: str) -> None:
    with pytest.raises(UserError, match="is no amount of memory: write a number of bytes, or one like 6G"):
        size_of(text)


def test_options_become_variables_and_those_not_given_change_nothing() -> None:
    assert variables("6G", None) == {BUDGET: "6G"}
    assert variables("", "1G") == {RESERVE: "1G"}


def test_an_option_that_is_no_size_is_named() -> None:
    with pytest.raises(UserError, match="--reserve-memory: 'some' is no amount of memory"):
        variables(None, "some")


def test_a_limit_that_is_not_set_is_the_default() -> None:
    assert limit(BUDGET, {BUDGET: " "}, 5.0) == 5.0
    assert limit(BUDGET, {BUDGET: "2K"}, 5.0) == 2048.0
