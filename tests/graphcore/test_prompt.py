"""What counts as a wire, and what people call a node."""

from __future__ import annotations

import math

import pytest

from graphcore.prompt import is_link, links_of, title_of


@pytest.mark.parametrize("value", [["4", 0], ["4", 1.0], ["a:b", 2]])
def test_wires(value: object) -> None:
    assert is_link(value)


@pytest.mark.parametrize(
    "value",
    [["4"], ["4", 0, 0], [4, 0], ["4", "0"], ["4", True], ("4", 0), "4", ["4", math.nan], ["4", math.inf], None],
)
def test_other_values(value: object) -> None:
    assert not is_link(value)


def test_links_of_a_node() -> None:
    assert links_of({"inputs": {"a": ["1", 2.0], "b": 3, "c": [1, 2]}}) == [("a", "1", 2)]
    assert links_of({}) == []


@pytest.mark.parametrize(
    ("node", "title"),
    [
        ({"class_type": "Add", "_meta": {"title": "My sum"}}, "My sum"),
        ({"class_type": "Add", "_meta": {"title": ""}}, "Add"),
        ({"class_type": "Add", "_meta": "odd"}, "Add"),
        ({"class_type": "Add"}, "Add"),
        ({}, ""),
    ],
)
def test_titles(node: dict[str, object], title: str) -> None:
    assert title_of(node) == title
