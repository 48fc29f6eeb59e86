"""Event loops for callers that have none: kept from run to run, and each run alone in its own."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from graphcore.loops import Loops
from tests.graphcore.kit import Bench, node

WHO: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")


@pytest.fixture
def loops() -> Iterator[Loops]:
    made = Loops()
    yield made
    made.close()


async def here() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_the_next_run_has_the_loop_of_the_one_before(loops: Loops) -> None:
    assert loops.run(here()) is loops.run(here())


def test_runs_at_one_time_have_a_loop_each(loops: Loops) -> None:
    together = threading.Barrier(3)

    async def met() -> asyncio.AbstractEventLoop:
        together.wait(10)
        return asyncio.get_running_loop()

    with ThreadPoolExecutor(3) as pool:
        found = [future.result() for future in [pool.submit(loops.run, met()) for _ in range(3)]]
    assert len(set(found)) == 3
    assert loops.run(here()) in found


def test_within_a_running_loop_another_thread_runs_it(loops: Loops) -> None:
    async def outer() -> bool:
        return loops.run(here()) is not asyncio.get_running_loop()

    assert asyncio.run(outer())


def test_each_run_sees_the_context_of_its_caller(loops: Loops) -> None:
    async def who() -> str:
        return WHO.get()

    async def within() -> str:
        return loops.run(who())

    for name in ("ann", "ben"):
        token = WHO.set(name)
        assert loops.run(who()) == asyncio.run(within()) == name
        WHO.reset(token)


def test_what_a_run_leaves_behind_is_stopped(loops: Loops) -> None:
    seen: list[str] = []

    async def stray() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("stopped")
            raise

    async def careless() -> None:
        asyncio.get_running_loop().stray = asyncio.ensure_future(stray())  # type: ignore[attr-defined]
        await asyncio.sleep(0)

    loops.run(careless())
    assert seen == ["stopped"]
    assert loops.run(here()).stray.cancelled()  # type: ignore[attr-defined]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_after_a_failure_the_next_run_works(loops: Loops, error: type[BaseException]) -> None:
    async def fail() -> None:
        raise error

    before = loops.run(here())
    with pytest.raises(error):
        loops.run(fail())
    after = loops.run(here())
    assert (after is before) == (error is ValueError)
    assert before.is_closed() == (error is not ValueError)


def test_closing_closes_every_loop_also_those_at_work(loops: Loops) -> None:
    async def closing() -> asyncio.AbstractEventLoop:
        loops.close()
        return asyncio.get_running_loop()

    first = loops.run(here())
    second = loops.run(closing())
    assert (first.is_closed(), second.is_closed()) == (True, True)
    assert loops.run(here()).is_closed()


def test_an_engine_that_nobody_closed_leaves_no_loop_open() -> None:
    bench = Bench()
    bench.run({"c": node("const", value=1)}, "c")
    loop = bench.engine._loops.run(here())

    async def forget() -> None:  # also while another loop is running
        nonlocal bench
        del bench
        gc.collect()

    asyncio.run(forget())
    assert loop.is_closed()
