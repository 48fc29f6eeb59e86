"""Lazy inputs: awaiting is asking."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from graphcore import Blocker, Expand, Lazy, Many, NodeFailed, Pack, Run, executor
from graphcore.cache import NoCache
from graphcore.events import NodeBlocked
from tests.graphcore.kit import Bench, node, wire


def chooser(first: Any, **more: Any) -> dict[str, Any]:
    return {
        "a": node("add", a=1, b=0), "b": node("add", a=2, b=0),
        "c": node("choose", first=first, a=wire("a"), b=wire("b")), "s": node("show", value=wire("c")), **more,
    }  # fmt: skip


@pytest.mark.parametrize("first", [True, False])
def test_only_the_branch_that_is_asked_for_runs(first: bool) -> None:  # D002, C003, B006
    bench = Bench()
    assert bench.run(chooser(first)).ui["s"] == {"value": [1 if first else 2]}
    assert bench.calls["add"] == 1


def test_a_literal_is_there_already() -> None:
    prompt = {"c": node("choose", first=True, a=7, b=wire("b")), "b": node("const", value=1)}
    assert Bench().run(prompt, "c") == ([7],)


def test_a_source_that_is_done_is_not_run_again() -> None:  # D004
    bench = Bench(NoCache())
    result = bench.run(chooser(True, x=node("show", value=wire("a"))))
    assert result.ui == {"s": {"value": [1]}, "x": {"value": [1]}}
    assert bench.calls["add"] == 1


def test_each_call_asks_for_its_own() -> None:  # D007
    more = Pack("more", namespace=False)

    @more.node()
    def flags() -> Many[bool]:
        return [True, False, True]

    bench = Bench(more=more)
    assert bench.run(chooser(wire("f"), f=node("flags"))).ui["s"] == {"value": [1, 2, 1]}
    assert bench.calls["add"] == 2
    assert bench.calls["choose"] == 3


def test_a_list_behind_a_lazy_input_spreads_as_any_other() -> None:
    prompt = {"l": node("spread", count=3), "z": node("const", value=0),
              "c": node("choose", first=True, a=wire("l"), b=wire("z"))}  # fmt: skip
    bench = Bench()
    assert bench.run(prompt, "c") == ([0, 1, 2],)
    assert bench.calls["choose"] == 3


def test_a_gathering_lazy_input_is_one_list() -> None:
    more = Pack("more", namespace=False)

    @more.node()
    async def count(items: Lazy[Many[int]], plus: int) -> int:
        return len(await items) + plus

    prompt = {"l": node("spread", count=3), "c": node("count", items=wire("l"), plus=10)}
    assert Bench(more=more).run(prompt, "c") == ([13],)
    assert Bench(more=more).run({"c": node("count", items=5, plus=10)}, "c") == ([11],)


def test_awaiting_both_runs_them_side_by_side() -> None:
    more = Pack("more", namespace=False)

    @more.node()
    async def both(a: Lazy[int], b: Lazy[int]) -> int:
        left, right = await asyncio.gather(a, b)
        return left + right

    prompt = {"x": node("sleep", value=1, seconds=0.3), "y": node("sleep", value=2, seconds=0.3),
              "z": node("both", a=wire("x"), b=wire("y"))}  # fmt: skip
    bench = Bench(more=more)
    result = bench.engine.run(prompt, keep=["z"])
    assert result.values["z"] == ([3],)
    assert result.total < 0.55


def test_a_blocker_behind_a_lazy_input_ends_the_call() -> None:
    more = Pack("more", namespace=False)
    went_on: list[int] = []

    @more.node()
    async def stubborn(a: Lazy[int]) -> int:
        try:
            value = await a
        except Exception:  # noqa: BLE001 - what author code may do
            value = -1
        went_on.append(value)
        return value

    bench = Bench(more=more)
    prompt = {"n": node("spread", count=3), "o": node("block_odd", value=wire("n")), "c": node("stubborn", a=wire("o")),
              "s": node("show", value=wire("c"))}  # fmt: skip
    assert bench.run(prompt).ui["s"] == {"value": [0, 2]}
    assert sorted(went_on) == [0, 2]
    assert bench.seen(NodeBlocked)[0].message == "1 is odd"
    assert len(bench.seen(NodeBlocked)) == 1


def test_a_blocker_before_the_call_keeps_an_async_node_from_being_called() -> None:  # F007
    prompt = {"b": node("no_flag", message=""), "c": node("choose", first=wire("b"), a=1, b=2)}
    more = Pack("more", namespace=False)

    @more.node()
    def no_flag(message: str) -> bool | Blocker:
        return Blocker()

    bench = Bench(more=more)
    values = bench.run(prompt, "c")
    assert isinstance(values[0][0], Blocker)
    assert bench.calls["choose"] == 0


def test_waiting_for_oneself_through_an_expansion_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:  # G008
    monkeypatch.setattr(executor, "PATIENCE", 0.05)
    more = Pack("more", namespace=False)

    @more.node()
    async def patient(a: Lazy[int]) -> int:
        return await a

    @more.node()
    def outer(n: int, *, run: Run) -> Expand[int]:
        graph = run.graph()
        return graph.result(graph.node("patient", a=[run.node, 0]).out())

    bench = Bench(more=more)
    with pytest.raises(NodeFailed, match="made a cycle") as caught:
        bench.run({"o": node("outer", n=1), "s": node("show", value=wire("o"))})
    assert caught.value.node == "o"


def test_failure_in_an_asked_branch_is_the_branch_s_own() -> None:
    prompt = {"b": node("boom", value=1), "c": node("choose", first=True, a=wire("b"), b=1)}
    with pytest.raises(NodeFailed) as caught:
        Bench().run(prompt, "c")
    assert caught.value.node == "b"


def test_a_slow_branch_is_no_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "PATIENCE", 0.01)
    prompt = {"x": node("sleep", value=3, seconds=0.1), "c": node("choose", first=True, a=wire("x"), b=1)}
    assert Bench().run(prompt, "c") == ([3],)
