"""Limits on JSON text, which keep hostile files harmless."""

from __future__ import annotations

from typing import Any

import pytest

from graphcore.errors import WorkflowError
from graphcore.workflow import jsontext


def test_text_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsontext, "MAX_BYTES", 1 << 20)
    assert jsontext.parse("[" + " " * 1000 + "]") == []
    with pytest.raises(WorkflowError, match="larger than 1 MiB"):
        jsontext.parse(" " * (1 << 20) + "{}")


def test_text_with_too_many_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsontext, "MAX_VALUES", 10)
    assert jsontext.parse("[1,2,3]") == [1, 2, 3]
    with pytest.raises(WorkflowError, match="more than 10 values"):
        jsontext.parse("[" + "1," * 10 + "1]")


@pytest.mark.parametrize("levels", [201, 5_000, 200_000])
def test_text_that_is_nested_too_deep_is_refused(levels: int) -> None:
    assert jsontext.parse("[" * 200 + "]" * 200)
    with pytest.raises(WorkflowError, match="nested more than 200 levels deep"):
        jsontext.parse("[" * levels + "]" * levels)


def test_data_that_is_nested_too_deep_is_not_written() -> None:
    deep: Any = 0
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(WorkflowError, match="nested more than 200 levels deep"):
        jsontext.dump(deep)


def test_lone_surrogates_survive_as_escapes() -> None:
    assert jsontext.encode("\ud800", indent=None) == b'"\\ud800"'
    assert jsontext.parse(jsontext.encode("\ud800")) == "\ud800"
