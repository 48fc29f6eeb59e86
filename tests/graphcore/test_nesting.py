"""How deep data is nested."""

from __future__ import annotations

from typing import Any

import pytest

from graphcore.nesting import MAX_DEPTH, too_deep


def nested(levels: int) -> Any:
    value: Any = 0
    for level in range(levels):
        value = [value] if level % 2 else {"inner": value}
    return value


@pytest.mark.parametrize("value", [0, "text", None, [], {}, nested(MAX_DEPTH), [nested(MAX_DEPTH - 1)] * 3])
def test_what_may_be_recursed_over(value: Any) -> None:
    assert not too_deep(value)


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 10_000])
def test_what_may_not(levels: int) -> None:
    assert too_deep(nested(levels))
    assert too_deep([0, {"a": nested(levels)}])


def test_what_is_named_often_is_looked_into_once() -> None:
    shared: Any = []
    for _ in range(150):
        shared = [shared, shared]
    assert not too_deep(shared)
