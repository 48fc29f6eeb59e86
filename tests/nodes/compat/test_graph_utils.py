"""The graph builder of the class contract."""

from __future__ import annotations

from nodes.compat.graph_utils import GraphBuilder, add_graph_prefix, is_link


def test_nodes_and_ids() -> None:
    graph = GraphBuilder(prefix="7.0.0.")
    first = graph.node("Sum", a=1)
    named = graph.node("Int", id="n", value=2)
    first.set_input("b", named.out(0))
    assert graph.node("Int", id="n", value=9) is named
    assert graph.lookup_node("n") is named
    assert graph.lookup_node("absent") is None
    assert first.get_input("b") == ["7.0.0.n", 0]
    assert graph.finalize() == {
        "7.0.0.1": {"class_type": "Sum", "inputs": {"a": 1, "b": ["7.0.0.n", 0]}},
        "7.0.0.n": {"class_type": "Int", "inputs": {"value": 2}},
    }


def test_changes() -> None:
    graph = GraphBuilder(prefix="p.")
    source = graph.node("Int", id="s", value=1)
    user = graph.node("Sum", id="u", a=source.out(0), b=source.out(1))
    graph.replace_node_output("s", 0, 5)
    graph.replace_node_output("s", 1, None)
    graph.remove_node("s")
    user.set_override_display_id("9")
    user.set_input("absent", None)
    assert graph.finalize() == {"p.u": {"class_type": "Sum", "inputs": {"a": 5}, "override_display_id": "9"}}


def test_default_prefixes() -> None:
    GraphBuilder.set_default_prefix("12", 3)
    try:
        assert GraphBuilder().prefix == "12.3.0."
        assert GraphBuilder().prefix == "12.3.1."
        assert GraphBuilder.alloc_prefix("a", 1, 2) == "a.1.2."
    finally:
        GraphBuilder.set_default_prefix("", 0)


def test_prefixing_a_whole_graph() -> None:
    first = {"class_type": "Sum", "inputs": {"a": ["2", 0], "b": ["outer", 0]}}
    graph = {"1": first, "2": {"class_type": "Int", "inputs": {}}}
    renamed, outputs = add_graph_prefix(graph, (["1", 0], ["outer", 1], 5), "x.")
    assert renamed["x.1"]["inputs"] == {"a": ["x.2", 0], "b": ["outer", 0]}
    assert outputs == (["x.1", 0], ["outer", 1], 5)
    assert first["inputs"]["a"] == ["2", 0]


def test_links() -> None:
    assert is_link(["1", 0])
    assert not is_link(["1", True])
    assert not is_link([1, 0])
