"""Building a graph that runs in a node's place."""

from __future__ import annotations

import pytest

from graphcore import GraphBuilder, GraphcoreError
from graphcore.expand import Expansion, check_ids, sources


def test_ids_are_the_prefix_and_a_number() -> None:  # G002
    graph = GraphBuilder("7.0.0.")
    one = graph.node("const", value=1)
    two = graph.node("add", a=one.out())
    assert (one.id, two.id) == ("7.0.0.1", "7.0.0.2")
    assert two.out(3) == ["7.0.0.2", 3]
    assert graph.result(two.out(), 5) == Expansion(
        {
            "7.0.0.1": {"class_type": "const", "inputs": {"value": 1}},
            "7.0.0.2": {"class_type": "add", "inputs": {"a": ["7.0.0.1", 0]}},
        },
        (["7.0.0.2", 0], 5),
    )


def test_an_id_of_ones_own_is_made_once() -> None:
    graph = GraphBuilder("x.")
    assert graph.node("const", "here", value=1) is graph.node("const", "here", value=2)
    assert graph.node("const", "here").inputs == {"value": 1}


def test_another_node_may_be_shown_for_an_inner_one() -> None:
    node = GraphBuilder("x.").node("const")
    node.display = "5"
    assert node.serialize()["override_display_id"] == "5"


def test_an_id_that_is_taken_is_refused() -> None:  # G009
    with pytest.raises(GraphcoreError, match=r"adds a node '4', but that id exists"):
        check_ids(Expansion({"4": {}}, ()), {"4"}.__contains__)
    check_ids(Expansion({"4": {}}, ()), {"5"}.__contains__)


def test_sources_are_what_the_results_name() -> None:
    assert sources(Expansion({}, (["a", 0], 5, ["b", 1]))) == ["a", "b"]


def test_an_input_may_be_called_type() -> None:
    assert GraphBuilder("x.").node("CLIPLoader", type="sdxl").inputs == {"type": "sdxl"}
