"""What a failure leaves behind: kept results, freed memory, a second attempt."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from graphcore import (
    Expand,
    Expansion,
    GraphcoreError,
    InvalidWorkflow,
    Many,
    NodeFailed,
    OutOfMemory,
    Pack,
    Run,
    WorkflowError,
)
from graphcore.cache import MemoryCache, NoCache
from graphcore.events import NodeBlocked
from tests.graphcore.kit import Bench, node, wire


def test_what_was_done_before_a_failure_is_kept() -> None:  # H024
    bench = Bench()
    prompt = {"a": node("const", value=1), "b": node("add", a=wire("a"), b=1), "c": node("boom", value=wire("b")),
              "s": node("show", value=wire("c"))}  # fmt: skip
    with pytest.raises(NodeFailed):
        bench.run(prompt)
    with pytest.raises(NodeFailed):
        bench.run(prompt)
    assert bench.calls == {"boom": 1}


@pytest.mark.parametrize("kind", ["on_device", "on_io", "on_loop"])
def test_memory_that_ran_out_is_freed_and_the_call_made_again(kind: str) -> None:  # I012
    more, attempts = Pack("more", namespace=False), []

    def work(value: int) -> int:
        attempts.append(value)
        if len(attempts) == 1:
            raise MemoryError("full")
        return value

    @more.node()
    def on_device(value: int) -> int:
        return work(value)

    @more.node(lane="io")
    def on_io(value: int) -> int:
        return work(value)

    @more.node()
    async def on_loop(value: int) -> int:
        return work(value)

    relieved: list[str] = []
    bench = Bench(MemoryCache(), more=more)
    bench.engine.relieve = lambda: relieved.append("runtime")
    prompt = {"c": node("const", value=4), "x": node(kind, value=wire("c"))}
    assert bench.run(prompt, "x") == ([4],)
    assert (attempts, relieved) == ([4, 4], ["runtime"])
    bench.run(prompt, "x")
    assert not bench.calls, "x was cached after its second attempt"
    bench.run({"c": prompt["c"]}, "c")
    assert bench.calls["const"] == 1, "the cached intermediates were let go"


def test_memory_that_runs_out_again_is_a_failure_of_the_node() -> None:
    more = Pack("more", namespace=False)

    @more.node()
    async def hungry(value: int) -> int:
        raise RuntimeError("CUDA out of memory. Tried to allocate 7 GiB")

    with pytest.raises(OutOfMemory, match="7 GiB"):
        Bench(more=more).run({"h": node("hungry", value=1)}, "h")


def test_a_blocker_keeps_what_it_reaches_from_being_called() -> None:  # F001, F002
    bench = Bench()
    prompt = {"b": node("blocked", message="not today"), "x": node("add", a=wire("b"), b=1),
              "y": node("add", a=wire("x"), b=1), "s": node("show", value=wire("y")),
              "t": node("show", value=wire("c")), "c": node("const", value=1)}  # fmt: skip
    result = bench.run(prompt)
    assert result.ui == {"t": {"value": [1]}}
    assert bench.calls == {"const": 1, "show": 1}
    assert [(event.node, event.message) for event in bench.seen(NodeBlocked)] == [("x", "not today")]


def test_a_silent_blocker_says_nothing() -> None:
    bench = Bench()
    bench.run({"b": node("blocked", message=""), "s": node("show", value=wire("b"))})
    assert not bench.seen(NodeBlocked)


def test_one_blocked_item_of_a_list_is_left_out() -> None:  # F004
    bench = Bench()
    prompt = {"l": node("spread", count=3), "o": node("block_odd", value=wire("l")), "s": node("show", value=wire("o"))}
    assert bench.run(prompt).ui["s"] == {"value": [0, 2]}
    total = {"l": prompt["l"], "o": prompt["o"], "t": node("total", items=wire("o"), plus=0)}
    bench.run(total, "t")
    assert bench.calls["total"] == 0, "one blocked item blocks a whole list"


def expanding(**nodes: Any) -> Bench:
    """A bench whose node `outer` expands into what is given: graph and results by the node's own id."""
    more = Pack("more", namespace=False)

    @more.node()
    def outer(n: int, *, run: Run) -> Expand[int]:
        return Expansion(nodes["graph"], nodes["results"])

    return Bench(more=more)


OUTER = {"o": node("outer", n=1), "c": node("const", value=1), "s": node("show", value=wire("o")),
         "t": node("show", value=wire("c"))}  # fmt: skip


@pytest.mark.parametrize(
    ("graph", "results", "words"),
    [
        ({"c": node("const", value=1)}, (wire("c"),), "adds a node 'c', but that id exists"),
        ({"i": node("unheard_of")}, (wire("i"),), "a node of type 'unheard_of', which does not exist"),
        ({"i": node("add", a=wire("gone"), b=0)}, (wire("i"),), "needs the result of node 'gone'"),
        ({}, (wire("gone"),), "needs the result of node 'gone'"),
        ({"i": node("const", value=1)}, (wire("i", 1),), "wires output 1 of node 'i', which has 1"),
        ({"i": node("const", value=1)}, (wire("i", -1),), "wires output -1 of node 'i', which has 1"),
        ({"i": node("add", a=wire("c", 2), b=0)}, (wire("i"),), "wires output 2 of node 'c', which has 1"),
        ({"i": node("const", value=1)}, (wire("i"), 5), "its expansion has 2 results, but it declares 1 outputs"),
        ({"i": node("const", value=1)}, (), "its expansion has 0 results, but it declares 1 outputs"),
        ({"i": "nonsense"}, (5,), "The expansion's node 'i' is no node"),
        ({"i": {"class_type": "const"}}, (5,), "The expansion's node 'i' is no node"),
        ({"i": {"inputs": {}}}, (5,), "a node of type 'None', which does not exist"),
        ({"i": node("add", a=wire("o"), b=0)}, (wire("i"),), "made a cycle"),
        ({"i": node("add", a=wire("j"), b=0), "j": node("add", a=wire("i"), b=0)}, (wire("i"),), "made a cycle"),
    ],
)
def test_a_wrong_expansion_fails_with_the_node_that_made_it(graph: Any, results: Any, words: str) -> None:
    with pytest.raises(NodeFailed, match=words) as caught:
        expanding(graph=graph, results=results).run(OUTER)
    assert caught.value.node == "o"


def test_an_expansion_may_name_any_node_of_the_workflow() -> None:
    bench = expanding(graph={"i": node("add", a=wire("c"), b=5)}, results=(wire("i"),))
    assert bench.run(OUTER).ui["s"] == {"value": [6]}


def test_a_wire_to_nowhere_into_an_undeclared_input_names_its_node() -> None:  # H029
    with pytest.raises(NodeFailed, match="needs the result of node 'gone'") as caught:
        Bench().run({"c": node("const", value=1, extra=wire("gone")), "s": node("show", value=wire("c"))})
    assert caught.value.node == "c"


def test_an_undeclared_wire_fails_in_the_function() -> None:  # A051
    with pytest.raises(NodeFailed, match="unexpected keyword argument 'extra'"):
        Bench().run({"c": node("const", value=1, extra=wire("d")), "d": node("const", value=2)}, "c")


def test_an_empty_list_beside_another_fails() -> None:  # E009
    with pytest.raises(NodeFailed) as caught:
        Bench().run({"e": node("spread", count=0), "l": node("spread", count=2),
                     "a": node("add", a=wire("e"), b=wire("l"))}, "a")  # fmt: skip
    assert caught.value.node == "a"


def test_failures_cross_threads_and_loops() -> None:
    more = Pack("more", namespace=False)

    @more.node(lane="io")
    def broken_file(value: int) -> int:
        raise OSError("disk on fire")

    async def inside() -> None:
        with pytest.raises(NodeFailed, match="disk on fire"):
            Bench(more=more).run({"b": node("broken_file", value=1)}, "b")

    asyncio.run(inside())


@pytest.mark.parametrize("kind", ["on_device", "on_io", "on_loop"])
def test_a_node_cannot_end_the_program(kind: str) -> None:
    more = Pack("more", namespace=False)

    @more.node()
    def on_device() -> int:
        raise SystemExit(0)

    @more.node(lane="io")
    def on_io() -> int:
        raise SystemExit(0)

    @more.node()
    async def on_loop() -> int:
        raise SystemExit(0)

    with pytest.raises(NodeFailed, match=r"Node x .* it called sys.exit\(\)"):
        Bench(MemoryCache(), more=more).run({"x": node(kind)}, "x")


def test_a_generator_is_no_value() -> None:
    more = Pack("more", namespace=False)

    @more.node()
    def numbers() -> Any:
        return (number for number in (1, 2))

    with pytest.raises(NodeFailed, match=r"declare the output as Many"):
        Bench(MemoryCache(), more=more).run({"x": node("numbers")}, "x")


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


class Odd(BaseException):
    """An exception that a handler for Exception does not catch."""


class Opaque:
    """A value that answers to no name."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"do not ask for {name}")

    def __repr__(self) -> str:
        raise RuntimeError("do not look")


class Answering:
    """A value that answers to every name, as some packs' dicts do."""

    def __getattr__(self, name: str) -> Any:
        return None


def raising(error: BaseException) -> Bench:
    more = Pack("more", namespace=False)

    @more.node()
    def fails(value: int) -> int:
        raise error

    @more.node(lane="io")
    def fails_beside(value: int) -> int:
        raise error

    @more.node()
    async def fails_async(value: int) -> int:
        raise error

    return Bench(more=more)


@pytest.mark.parametrize("kind", ["fails", "fails_beside", "fails_async"])
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Odd("base"), r"it raised .*\.Odd, which no node may raise: base"),
        (SystemExit(3), r"it called sys\.exit\(\)"),
        (Unspeakable(), "Unspeakable: it cannot say what is wrong"),
        (StopIteration("x"), "StopIteration"),
    ],
)
def test_whatever_a_node_raises_is_its_own_failure(kind: str, error: BaseException, words: str) -> None:
    with raising(error) as bench, pytest.raises(NodeFailed, match=words) as caught:
        bench.run({"f": node(kind, value=1)}, "f")
    assert caught.value.node == "f"


def test_a_sync_node_that_raises_what_only_event_loops_may_fails() -> None:
    for error in (GeneratorExit(), asyncio.CancelledError()):
        with raising(error) as bench, pytest.raises(NodeFailed, match="which no node may raise"):
            bench.run({"f": node("fails", value=1)}, "f")


@pytest.mark.parametrize("kind", [Opaque, Answering])
@pytest.mark.parametrize("cache", [MemoryCache, NoCache])
def test_values_of_any_class_flow(kind: type, cache: Any) -> None:
    more, value = Pack("more", namespace=False), kind()

    @more.node()
    def odd() -> Any:
        return value

    @more.node()
    def takes(value: Any, other: int) -> int:
        return other

    @more.node()
    def chokes(value: Any) -> int:
        raise ValueError("as told")

    with Bench(cache(), more=more) as bench:
        prompt = {"o": node("odd"), "c": node("const", value=4), "t": node("takes", value=wire("o"), other=wire("c"))}
        assert bench.run(prompt, "t") == ([4],)
        with pytest.raises(NodeFailed, match="as told") as caught:
            bench.run({"o": node("odd"), "x": node("chokes", value=wire("o"))}, "x")
        assert caught.value.inputs == {"value": kind.__name__}


def test_a_spreading_output_that_is_no_list_is_named() -> None:
    more = Pack("more", namespace=False)

    @more.node()
    def wrong() -> Many[int]:
        return 5  # type: ignore[return-value]

    with pytest.raises(NodeFailed, match="its output 0 spreads a list, but what it returned there is a int"):
        Bench(more=more).run({"w": node("wrong")}, "w")


def test_a_closed_engine_says_so() -> None:
    bench = Bench()
    bench.engine.close()
    with pytest.raises(GraphcoreError, match="This engine was closed"):
        bench.run({"c": node("const", value=1)}, "c")


@pytest.mark.parametrize("source", [None, [1, 2], 5, ""])
def test_what_cannot_be_a_workflow_is_refused(source: Any) -> None:
    with pytest.raises(WorkflowError, match="A workflow is a path, JSON text"):
        Bench().run(source)


def test_a_long_cycle_is_named_in_part() -> None:
    prompt = {str(i): node("const", value=wire(str((i + 1) % 500))) for i in range(500)}
    with pytest.raises(InvalidWorkflow) as caught:
        Bench().run(prompt, "0")
    (problem,) = caught.value.problems
    assert len(problem.extra["cycle_nodes"]) == 500
    assert "... 461 more ..." in problem.message
    assert len(problem.message) < 1500


def test_one_wire_into_a_growing_input_itself_counts_as_its_first() -> None:
    assert Bench().run({"s": node("sum_all", items=3)}, "s") == ([3],)
