"""Order, ancestors, descendants, cycles."""

from __future__ import annotations

from typing import Any

from graphcore.graph import find_cycle, graph_of, needed, order, tainted
from tests.graphcore.kit import node, wire

DIAMOND = {
    "d": node("add", a=wire("b"), b=wire("c")),
    "b": node("add", a=wire("a")),
    "c": node("add", a=wire("a"), b=wire("a")),
    "a": node("const", value=1),
    "other": node("const", value=2),
}
RING: dict[str, Any] = {
    "a": node("add", a=wire("c")),
    "b": node("add", a=wire("a")),
    "c": node("add", a=wire("b")),
    "d": node("add", a=wire("c")),
    "e": node("const", value=1),
}


def test_sources_come_first_and_the_rest_keeps_its_order() -> None:
    ordered = order(DIAMOND)
    assert ordered == ["a", "other", "b", "c", "d"]


def test_nodes_on_cycles_and_behind_them_are_left_out() -> None:
    assert order(RING) == ["e"]


def test_a_deep_chain_is_no_limit() -> None:
    chain = {str(i): node("add", a=wire(str(i - 1)) if i else 0) for i in range(20_000)}
    assert len(order(chain)) == len(needed(chain, ["19999"])) == len(tainted(chain, {"0"})) == 20_000


def test_needed_is_the_targets_and_what_is_above_them() -> None:
    assert set(needed(DIAMOND, ["b"])) == {"a", "b"}
    assert next(iter(needed(DIAMOND, ["d", "absent"]))) == "d"
    assert needed({"x": node("add", a=wire("gone"))}, ["x"]) == {"x": None}


def test_tainted_is_the_bad_ones_and_what_is_below_them() -> None:
    assert tainted(DIAMOND, {"c"}) == {"c", "d"}
    assert tainted(DIAMOND, set()) == set()
    assert tainted(RING, {"a"}) == {"a", "b", "c", "d"}


def test_a_cycle_is_named_in_wire_order() -> None:
    cycle = find_cycle(RING)
    assert sorted(cycle) == ["a", "b", "c"]
    assert "".join(cycle * 2).find("abc") >= 0
    assert find_cycle(DIAMOND) == []
    assert find_cycle(RING, within=["a", "b", "d"]) == []
    assert sorted(find_cycle(RING, within=["a", "b", "c"])) == ["a", "b", "c"]


def test_the_graph_view_leaves_out_wires_from_nowhere() -> None:
    graph = graph_of({"x": node("add", a=wire("gone"), b=wire("y")), "y": node("const", value=1)})
    assert sorted(graph.edges) == [("y", "x")]
