"""A run stops within one step of being asked to, whatever lane it is in, and the next run is fine."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from graphcore import Cancelled, Pack, Run
from graphcore.events import RunDone
from graphcore.job import CancelToken
from tests.graphcore.kit import Bench, node, wait_until, wire

STEP = 0.01


def stepping() -> tuple[Pack, list[int]]:
    """Nodes that take many steps in each lane, and what they note."""
    pack, steps = Pack("more", namespace=False), []

    @pack.node(volatile=True)
    def on_device(value: int, *, run: Run) -> int:
        for step in range(500):
            run.progress(step, 500)
            steps.append(step)
            time.sleep(STEP)
        return value

    @pack.node(volatile=True, lane="io")
    def on_io(value: int, *, run: Run) -> int:
        for step in range(500):
            run.check()
            steps.append(step)
            time.sleep(STEP)
        return value

    @pack.node(volatile=True)
    async def on_loop(value: int) -> int:
        steps.append(0)
        await asyncio.sleep(5)
        return value

    @pack.node(volatile=True)
    def one_step(value: int) -> int:
        steps.append(value)
        time.sleep(STEP)
        return value

    return pack, steps


LANES = {
    "device": {"n": node("on_device", value=1)},
    "io": {"n": node("on_io", value=1)},
    "async": {"n": node("on_loop", value=1)},
    "calls": {"l": node("spread", count=500), "n": node("one_step", value=wire("l"))},
    "chain": {f"c{i}": node("one_step", value=wire(f"c{i - 1}") if i else 0) for i in range(500)}
    | {"n": node("one_step", value=wire("c499"))},
}


@pytest.mark.parametrize("lane", LANES)
def test_every_lane_stops_within_a_step(lane: str) -> None:  # I006, H025
    pack, steps = stepping()
    bench, token = Bench(more=pack), CancelToken()
    times: dict[str, float] = {}

    def cancel() -> None:
        wait_until(lambda: len(steps) >= 1)
        times["asked"] = time.perf_counter()
        token.cancel()
        times["steps"] = len(steps)

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(Cancelled):
        bench.run(LANES[lane], "n", token=token)
    took = time.perf_counter() - times["asked"]
    thread.join()
    assert took < 2
    assert len(steps) - times["steps"] <= 1
    assert not bench.seen(RunDone)
    assert bench.run({"c": node("const", value=1)}, "c") == ([1],)


def test_a_run_that_is_stopped_before_it_starts_calls_nothing() -> None:
    bench, token = Bench(), CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        bench.run({"c": node("const", value=1)}, "c", token=token)
    assert not bench.calls


def test_a_node_may_stop_the_run_itself() -> None:  # I011
    more = Pack("more", namespace=False)

    @more.node()
    def stop(value: int) -> int:
        try:
            raise Cancelled
        except Exception:  # noqa: BLE001 - what author code may do
            return value

    with pytest.raises(Cancelled):
        Bench(more=more).run({"s": node("stop", value=1)}, "s")


def test_a_swallowed_stop_is_asked_for_again_at_the_next_node() -> None:
    more, token = Pack("more", namespace=False), CancelToken()

    @more.node()
    def deaf(value: int) -> int:
        token.cancel()
        return value

    bench = Bench(more=more)
    with pytest.raises(Cancelled):
        bench.run({"d": node("deaf", value=1), "s": node("show", value=wire("d"))}, token=token)
    assert bench.calls["show"] == 0


def test_results_before_the_stop_are_kept_and_the_stopped_node_is_not() -> None:  # H025
    pack, _ = stepping()
    bench = Bench(more=pack)

    class Immediate(CancelToken):
        """Stops the run at the first progress of the node under test."""

        def check(self) -> None:
            if bench.calls["const"]:
                self.cancel()
            super().check()

    prompt: dict[str, Any] = {"c": node("const", value=1), "n": node("on_device", value=wire("c"))}
    with pytest.raises(Cancelled):
        bench.run(prompt, "n", token=Immediate())
    assert bench.run({"c": prompt["c"]}, "c") == ([1],)
    assert bench.calls["const"] == 0


def test_a_run_that_needs_nothing_any_more_is_cancelled_too() -> None:
    bench, token = Bench(), CancelToken()
    prompt = {"c": node("const", value=1), "s": node("show", value=wire("c"))}
    bench.run(prompt)
    token.cancel()
    with pytest.raises(Cancelled):
        bench.run(prompt, token=token)
    assert len(bench.run(prompt).cached) == 2
