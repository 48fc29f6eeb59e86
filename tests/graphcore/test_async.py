"""Async nodes: side by side, in order, stopped together."""

from __future__ import annotations

import asyncio
import time

import pytest

from graphcore import GraphcoreError, NodeFailed, Pack, Run
from graphcore.calls import CURRENT
from graphcore.engine import Engine
from tests.graphcore.kit import Bench, node, wire


def test_sleepers_sleep_side_by_side() -> None:  # C006
    prompt = {str(i): node("sleep", value=i, seconds=0.3) for i in range(3)}
    prompt["sum"] = node("sum_all", **{f"items.{i}": wire(str(i)) for i in range(3)})
    started = time.perf_counter()
    assert Bench().run(prompt, "sum") == ([3],)
    assert time.perf_counter() - started < 0.8


def test_the_calls_of_one_node_go_side_by_side() -> None:  # C012
    started = time.perf_counter()
    prompt = {"l": node("spread", count=4), "s": node("sleep", value=wire("l"), seconds=0.3)}
    assert Bench().run(prompt, "s") == ([0, 1, 2, 3],)
    assert time.perf_counter() - started < 1.1


def test_async_and_sync_nodes_chain() -> None:  # C007, C008, C013
    prompt = {
        "a": node("sleep", value=1, seconds=0.02), "b": node("add", a=wire("a"), b=1),
        "c": node("sleep", value=wire("b"), seconds=0), "d": node("write", value=wire("c"), seconds=0),
    }  # fmt: skip
    assert Bench().run(prompt, "d") == ([2],)


def test_one_failure_fails_the_run_and_the_next_run_is_fine() -> None:  # C009, C010
    bench = Bench()
    prompt = {
        "x": node("sleep", value=1, seconds=5), "b": node("boom", value=1),
        "s": node("sum_all", **{"items.0": wire("x"), "items.1": wire("b")}), "o": node("show", value=wire("s")),
    }  # fmt: skip
    started = time.perf_counter()
    with pytest.raises(NodeFailed) as caught:
        bench.run(prompt)
    assert caught.value.node == "b"
    assert time.perf_counter() - started < 2
    assert bench.run({"c": node("const", value=4)}, "c") == ([4],)


def test_the_other_calls_of_a_failed_node_are_stopped() -> None:
    more = Pack("more", namespace=False)
    ended: list[str] = []

    @more.node()
    async def picky(value: int) -> int:
        if value == 1:
            raise ValueError("not one")
        try:
            await asyncio.sleep(5)
        finally:
            ended.append("stopped")
        return value

    bench = Bench(more=more)

    async def both() -> None:
        engine = bench.engine
        with pytest.raises(NodeFailed, match="not one"):
            await engine.run_async({"l": node("spread", count=3), "p": node("picky", value=wire("l"))}, keep=["p"])
        assert ended == ["stopped", "stopped"]

    asyncio.run(both())


def test_a_timeout_inside_a_node_is_its_failure() -> None:  # C011
    more = Pack("more", namespace=False)

    @more.node()
    async def late(value: int) -> int:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(5)
        return value

    with pytest.raises(NodeFailed, match="TimeoutError") as caught:
        Bench(more=more).run({"l": node("late", value=1)}, "l")
    assert caught.value.node == "l"


def test_a_node_that_cancels_itself_fails() -> None:
    more = Pack("more", namespace=False)

    @more.node()
    async def odd(value: int) -> int:
        raise asyncio.CancelledError

    with pytest.raises(NodeFailed, match="cancelled from within"):
        Bench(more=more).run({"l": node("odd", value=1)}, "l")


def test_an_engine_runs_inside_a_running_loop() -> None:
    bench = Bench()

    async def inside() -> tuple[list[int], ...]:
        result: tuple[list[int], ...] = bench.run({"c": node("sleep", value=4, seconds=0)}, "c")
        return result

    assert asyncio.run(inside()) == ([4],)


def test_two_runs_share_an_engine_and_a_loop() -> None:
    engine = Bench().engine

    async def both() -> list[object]:
        prompts = [{"c": node("sleep", value=i, seconds=0.05)} for i in (1, 2)]
        results = await asyncio.gather(*(engine.run_async(prompt, keep=["c"]) for prompt in prompts))
        return [result.values["c"] for result in results]

    assert asyncio.run(both()) == [([1],), ([2],)]


def test_a_run_can_be_abandoned_by_whoever_awaits_it() -> None:
    bench = Bench()

    async def impatient() -> None:
        await asyncio.wait_for(bench.engine.run_async({"c": node("sleep", value=1, seconds=5)}, keep=["c"]), 0.05)

    started = time.perf_counter()
    with pytest.raises(TimeoutError):
        asyncio.run(impatient())
    assert time.perf_counter() - started < 2


def test_every_call_knows_its_own_run() -> None:  # O014
    more = Pack("more", namespace=False)
    seen: list[tuple[str, int]] = []

    def note() -> None:
        run = CURRENT.get()
        assert run is not None
        seen.append((run.node, run.call))

    @more.node()
    async def slow(value: int, *, run: Run) -> int:
        await asyncio.sleep(0.01)
        note()
        return value

    @more.node()
    def quick(value: int) -> int:
        note()
        return value

    @more.node(lane="io")
    def aside(value: int) -> int:
        note()
        return value

    prompt = {"l": node("spread", count=2), "a": node("slow", value=wire("l")), "b": node("quick", value=wire("a")),
              "c": node("aside", value=wire("b"))}  # fmt: skip
    Bench(more=more).run(prompt, "c")
    assert seen == [("a", 0), ("a", 1), ("b", 0), ("b", 1), ("c", 0), ("c", 1)]
    assert CURRENT.get() is None


def test_an_engine_closes_its_threads() -> None:
    with Engine(Bench().registry) as engine:
        engine.run({"w": node("write", value=1, seconds=0)}, keep=["w"])
    with pytest.raises(GraphcoreError, match="This engine was closed"):
        engine.run({"w": node("write", value=2, seconds=0)}, keep=["w"])
