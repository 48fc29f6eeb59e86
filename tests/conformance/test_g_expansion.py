"""G: nodes that return a graph to run in their place."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from graphcore.cache import ClassicCache
from nodes.compat.graph_utils import GraphBuilder
from nodes.compat.schema import io
from tests.conformance.desk import Desk, node, wire
from tests.conformance.nodes import ANY, v1

MakeDesk = Callable[..., Desk]


def expanding(build: Callable[..., Any], **attributes: Any) -> type:
    """A class whose function fills a GraphBuilder: `build(graph, x)` gives the results."""

    def go(x: Any, **given: Any) -> dict[str, Any]:
        graph = GraphBuilder()
        results = build(graph, x, **given)
        return {"result": results, "expand": graph.finalize()}

    return v1(go, {"x": (ANY,)}, **attributes)


def around(**inputs: Any) -> dict[str, Any]:
    """A prompt around one expanding node, 7."""
    return {
        "1": node("Int", value=4),
        "7": node("Grow", **(inputs or {"x": wire("1")})),
        "out": node("Out", x=wire("7")),
    }


def test_G001_the_inner_value_arrives(desk: Desk) -> None:
    reply = desk.post({"1": node("Int", value=4), "7": node("Twice", x=wire("1")), "out": node("Out", x=wire("7"))})
    assert reply.value() == 9


def test_G002_ids_from_the_builder(make_desk: MakeDesk) -> None:
    def two_builders(x: int) -> dict[str, Any]:
        first, second = GraphBuilder(), GraphBuilder()
        a = first.node("Sum", a=x, b=1)
        b = first.node("Sum", a=a.out(0), b=1)
        c = second.node("Sum", a=b.out(0), b=1)
        return {"result": (c.out(0),), "expand": {**first.finalize(), **second.finalize()}}

    reply = make_desk({"Grow": v1(two_builders, {"x": ("INT",)})}).post(around())
    assert reply.value() == 7
    assert reply.ran == ["1", "7", "7.0.0.1", "7.0.0.2", "7.0.1.1", "out"]


def test_G003_where_inner_nodes_are_shown(desk: Desk) -> None:
    prompt = {"1": node("Int", value=4), "7": node("Twice", x=wire("1")), "out": node("Out", x=wire("7"))}
    reply = desk.post(prompt)
    shown = {data["node"]: data["display_node"] for data in reply.data("executing")}
    assert shown == {"1": "1", "7": "7", "7.0.0.1": "7", "7.0.0.2": "7", "out": "out"}


def test_G004_where_inner_nodes_belong(desk: Desk) -> None:
    prompt = {"7": node("Loop", x=0, n=2), "out": node("Out", x=wire("7"))}
    nodes = desk.post(prompt).data("progress_state")[-1]["nodes"]
    inner = next(state for id, state in nodes.items() if id.startswith("7.0.0.2.0.0."))
    assert inner["parent_node_id"] == "7.0.0.2"
    assert (inner["display_node_id"], inner["real_node_id"]) == ("7", "7")
    assert {state["state"] for state in nodes.values()} == {"finished"}
    assert nodes["out"]["parent_node_id"] is None


def test_G005_a_mapped_node_may_mix(make_desk: MakeDesk) -> None:
    def mixed(x: int) -> Any:
        if x == 1:
            return (x * 100,)
        if x == 2:
            return {"result": (x * 100,)}
        graph = GraphBuilder()
        return {"result": (graph.node("Sum", a=x, b=297).out(0),), "expand": graph.finalize()}

    prompt = {"1": node("List3", values={"__value__": [1, 3, 2]}), "7": node("Grow", x=wire("1")),
              "out": node("Out", x=wire("7"))}  # fmt: skip
    assert make_desk({"Grow": v1(mixed, {"x": ("INT",)})}).post(prompt).values() == [100, 300, 200]


def test_G006_plain_results_pass_through(make_desk: MakeDesk) -> None:
    kind = expanding(lambda graph, x: (graph.node("Sum", a=x, b=1).out(0), "as it is"), returns=("INT", "STRING"))
    prompt = {**around(), "text": node("Out", x=wire("7", 1))}
    reply = make_desk({"Grow": kind}).post(prompt)
    assert (reply.value("out"), reply.value("text")) == (5, "as it is")


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_G007_loops(desk: Desk, n: int) -> None:
    reply = desk.post({"7": node("Loop", x=10, n=n), "out": node("Out", x=wire("7"))})
    assert reply.value() == 10 + n
    assert len(reply.ran) == 2 * n + 2


def test_G007_each_number_of_rounds_runs_what_it_needs(make_desk: MakeDesk) -> None:
    desk = make_desk(cache=ClassicCache())
    for n in (1, 2, 3, 4, 2, 4, 4):
        reply = desk.post({"7": node("Loop", x=10, n=n), "out": node("Out", x=wire("7"))})
        assert reply.value() == 10 + n
    assert reply.ran == []


def test_G008_a_cycle_is_the_expanding_node_s_fault(make_desk: MakeDesk) -> None:
    def ring(graph: GraphBuilder, x: Any) -> Any:
        first = graph.node("Sum", a=x)
        second = graph.node("Sum", a=first.out(0), b=1)
        first.set_input("b", second.out(0))
        return (second.out(0),)

    reply = make_desk({"Grow": expanding(ring)}).post(around())
    assert (reply.failure["node_id"], reply.failure["node_type"]) == ("7", "Grow")
    assert reply.failure["traceback"] == []
    assert "cycle" in reply.failure["exception_message"]


def test_G009_an_inner_id_that_exists(make_desk: MakeDesk) -> None:
    kind = v1(lambda x: {"result": (["1", 0],), "expand": {"1": node("Int", value=1)}}, {"x": (ANY,)})
    reply = make_desk({"Grow": kind}).post(around())
    assert reply.failure["node_id"] == "7"
    assert "'1'" in reply.failure["exception_message"]


def test_G010_inner_outputs_run(make_desk: MakeDesk) -> None:
    def with_output(graph: GraphBuilder, x: Any) -> Any:
        graph.node("Out", x=x)
        return (x,)

    reply = make_desk({"Grow": expanding(with_output)}).post(around())
    assert reply.outputs["7.0.0.1"] == {"value": [4]}
    assert reply.meta["7.0.0.1"] == {
        "node_id": "7.0.0.1", "display_node": "7", "parent_node": "7", "real_node_id": "7",
    }  # fmt: skip


def test_G011_the_second_run_is_cached(make_desk: MakeDesk) -> None:
    for cache in (None, ClassicCache()):
        desk = make_desk(cache=cache)
        prompt = {"7": node("Loop", x=0, n=3), "out": node("Out", x=wire("7"))}
        desk.post(prompt)
        assert desk.post(prompt).ran == []


def test_G012_inner_async_nodes_go_on_side_by_side(make_desk: MakeDesk) -> None:
    def parallel(graph: GraphBuilder, x: Any) -> Any:
        slow = [graph.node("Slow", x=i, seconds=0.3) for i in range(3)]
        return (
            graph.node("Sum", a=slow[0].out(0), b=graph.node("Sum", a=slow[1].out(0), b=slow[2].out(0)).out(0)).out(0),
        )

    began = time.perf_counter()
    assert make_desk({"Grow": expanding(parallel)}).post(around()).value() == 3
    assert time.perf_counter() - began < 0.8


def test_G013_override_display_id(make_desk: MakeDesk) -> None:
    def elsewhere(graph: GraphBuilder, x: Any) -> Any:
        inner = graph.node("Sum", a=x, b=1)
        inner.set_override_display_id("out")
        return (inner.out(0),)

    reply = make_desk({"Grow": expanding(elsewhere)}).post(around())
    assert {data["node"]: data["display_node"] for data in reply.data("executing")}["7.0.0.1"] == "out"


def test_G014_raw_links(make_desk: MakeDesk) -> None:
    seen: list[Any] = []
    kind = v1(lambda x, me: seen.append(x) or (x,), {"x": (ANY, {"rawLink": True})}, hidden={"me": "UNIQUE_ID"})
    reply = make_desk({"Grow": kind}).post(around())
    assert seen == [["1", 0]]
    assert reply.ran == ["1", "7", "out"]


def test_G014_an_expansion_may_name_any_node(make_desk: MakeDesk) -> None:
    calls: list[int] = []
    random = v1(lambda: calls.append(1) or (len(calls),), IS_CHANGED=lambda: float("nan"))
    explore = v1(
        lambda x, all: {"result": (["0", 0],), "expand": {}}, {"x": (ANY,)}, hidden={"all": "DYNPROMPT"},
    )  # fmt: skip
    prompt = {
        "0": node("Random"), "1": node("Sum", a=wire("0"), b=1), "2": node("Sum", a=wire("1"), b=1),
        "7": node("Grow", x=wire("2")), "out": node("Out", x=wire("7")),
    }  # fmt: skip
    assert make_desk({"Random": random, "Grow": explore}).post(prompt).value() == 1
    assert calls == [1]


@pytest.mark.parametrize("allowed", [False, True])
def test_G015_v3_needs_leave_to_expand(make_desk: MakeDesk, allowed: bool) -> None:
    class Grow(io.ComfyNode):
        @classmethod
        def define_schema(cls) -> io.Schema:
            return io.Schema("Grow", inputs=[io.Int.Input("x")], outputs=[io.Int.Output()], enable_expand=allowed)

        @classmethod
        def execute(cls, x: int) -> io.NodeOutput:
            graph = GraphBuilder()
            return io.NodeOutput(graph.node("Sum", a=x, b=1).out(0), expand=graph.finalize())

    reply = make_desk({"Grow": Grow}).post(around())
    if allowed:
        assert reply.value() == 5
    else:
        assert reply.failure["node_id"] == "7"
        assert "enable_expand" in reply.failure["exception_message"]


def test_G016_inner_errors_are_the_outer_node_s(make_desk: MakeDesk) -> None:
    kind = expanding(lambda graph, x: (graph.node("Boom", x=x).out(0),))
    failure = make_desk({"Grow": kind}).post(around()).failure
    assert (failure["node_id"], failure["node_type"], failure["exception_type"]) == ("7", "Grow", "ValueError")
    assert failure["current_inputs"] == {"x": [4]}


def test_G017_inner_lists_are_spliced(make_desk: MakeDesk) -> None:
    kind = expanding(lambda graph, x: (graph.node("List3", values={"a": 1, "b": 2}).out(0),))
    assert make_desk({"Grow": kind}).post(around()).values() == ["a", "b"]


def test_G018_unchanged_inner_results_are_shared(make_desk: MakeDesk) -> None:
    for cache in (None, ClassicCache()):
        desk = make_desk(cache=cache)
        desk.post({"7": node("Loop", x=0, n=2), "out": node("Out", x=wire("7"))})
        reply = desk.post({"7": node("Loop", x=0, n=3), "out": node("Out", x=wire("7"))})
        assert reply.value() == 3
        assert "7.0.0.1" not in reply.ran


def test_G001_ui_beside_an_expansion_is_shown_at_once(make_desk: MakeDesk) -> None:
    def shown(x: Any) -> dict[str, Any]:
        graph = GraphBuilder()
        return {"ui": {"text": ["soon"]}, "result": (graph.node("Sum", a=x, b=1).out(0),), "expand": graph.finalize()}

    reply = make_desk({"Grow": v1(shown, {"x": (ANY,)})}).post(around())
    kinds = [(kind, data["node"]) for kind, data in reply.messages if kind in ("executed", "executing")]
    assert kinds == [("executing", "1"), ("executing", "7"), ("executed", "7"), ("executing", "7.0.0.1"),
                     ("executing", "out"), ("executed", "out")]  # fmt: skip


def test_G007_inner_change_functions_may_be_async(make_desk: MakeDesk) -> None:
    asked: list[Any] = []

    async def changed(x: Any) -> int:
        asked.append(x)
        return 1

    inner = v1(lambda x: (x + 1,), {"x": (ANY,)}, IS_CHANGED=changed)
    kind = expanding(lambda graph, x: (graph.node("Inner", x=x).out(0),))
    assert make_desk({"Inner": inner, "Grow": kind}).post(around()).value() == 5
    assert asked == [4]
