"""Runs on one engine take turns."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from graphcore import Cancelled, NodeFailed, Pack, Registry
from graphcore.cache import Cache, ClassicCache, CountCache, MemoryCache, NoCache
from graphcore.engine import Engine
from graphcore.job import CancelToken
from tests.graphcore.kit import node, wait_until, wire


class Shop:
    """An engine whose `work` node notes who is inside, and waits as long as `gate` is shut."""

    def __init__(self, cache: Cache | None = None) -> None:
        self.inside: list[int] = []
        self.most = 0
        self.done: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        pack = Pack("shop", namespace=False)

        @pack.node(lane="io")
        def work(value: int) -> int:
            self.inside.append(value)
            self.most = max(self.most, len(self.inside))
            assert self.gate.wait(10)
            self.inside.remove(value)
            self.done.append(value)
            return value * 10

        @pack.node()
        def nested(value: int) -> int:
            return int(self.engine.run({"w": node("work", value=value)}, keep=["w"]).values["w"][0][0])

        @pack.node()
        def add(a: int, b: int) -> int:
            return a + b

        self.engine = Engine(Registry(pack), cache=cache or NoCache())

    async def run(self, value: int, **options: Any) -> int:
        prompt = {"w": node("work", value=value), "a": node("add", a=wire("w"), b=1)}
        return int((await self.engine.run_async(prompt, keep=["a"], **options)).values["a"][0][0])


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    with shop.engine:
        yield shop


def test_runs_of_one_event_loop_take_turns_in_order(shop: Shop) -> None:
    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(shop.run(i) for i in range(8)))

    assert asyncio.run(all_of_them()) == [10 * i + 1 for i in range(8)]
    assert (shop.most, shop.done) == (1, list(range(8)))


@pytest.mark.parametrize("cache", [ClassicCache, MemoryCache, lambda: CountCache(3), NoCache])
def test_runs_of_many_threads_take_turns(cache: Callable[[], Cache]) -> None:
    shop = Shop(cache())
    with shop.engine, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda i: asyncio.run(shop.run(i % 7)), range(60)))
    assert found == [10 * (i % 7) + 1 for i in range(60)]
    assert shop.most == 1


def test_a_failed_run_passes_its_turn_on(shop: Shop) -> None:
    async def both() -> list[Any]:
        bad = shop.engine.run_async({"a": node("add", a=wire("n"), b=1), "n": node("nested", value=1)}, keep=["a"])
        return await asyncio.gather(bad, shop.run(2), return_exceptions=True)

    failed, fine = asyncio.run(both())
    assert isinstance(failed, NodeFailed)
    assert "cannot start another one on its own engine" in str(failed)
    assert fine == 21


def test_a_run_that_is_cancelled_while_it_waits_ends_at_once(shop: Shop) -> None:
    async def three() -> list[Any]:
        shop.gate.clear()
        token = CancelToken()
        first = asyncio.create_task(shop.run(1))
        second = asyncio.create_task(shop.run(2, token=token))
        third = asyncio.create_task(shop.run(3))
        while not shop.inside:
            await asyncio.sleep(0.005)
        threading.Thread(target=token.cancel).start()
        with pytest.raises(Cancelled):
            await second
        assert shop.inside == [1]
        shop.gate.set()
        return [await first, await third]

    assert asyncio.run(three()) == [11, 31]
    assert shop.done == [1, 3]


def test_a_run_that_is_cancelled_before_it_waits_ends_at_once(shop: Shop) -> None:
    async def two() -> int:
        shop.gate.clear()
        token = CancelToken()
        token.cancel()
        first = asyncio.create_task(shop.run(1))
        while not shop.inside:
            await asyncio.sleep(0.005)
        with pytest.raises(Cancelled):
            await shop.run(2, token=token)
        shop.gate.set()
        return await first

    assert asyncio.run(two()) == 11


def test_a_waiting_task_that_is_dropped_gives_its_place_to_the_next(shop: Shop) -> None:
    async def three() -> list[int]:
        shop.gate.clear()
        tasks = [asyncio.create_task(shop.run(i)) for i in range(3)]
        while not shop.inside:
            await asyncio.sleep(0.005)
        tasks[1].cancel()
        await asyncio.sleep(0)
        shop.gate.set()
        return [await tasks[0], await tasks[2]]

    assert asyncio.run(three()) == [1, 21]


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_a_turn_that_comes_while_its_task_is_dropped_is_passed_on(shop: Shop, steps: int) -> None:
    async def race() -> int:
        turns, token = shop.engine._turns, CancelToken()

        async def take() -> None:
            async with turns.taken(token):
                pass

        async with turns.taken(token):
            waiting = asyncio.create_task(take(), context=contextvars.Context())  # as if from outside this turn
            await asyncio.sleep(0.01)
        for _ in range(steps):  # the turn has been given; is it on its way, there, or taken up?
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return await asyncio.wait_for(shop.run(4), 5)

    assert asyncio.run(race()) == 41


def test_a_loop_that_is_gone_is_left_out(shop: Shop) -> None:
    shop.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(asyncio.run, shop.run(1))
        wait_until(lambda: bool(shop.inside))
        loop = asyncio.new_event_loop()
        waiting = loop.create_task(shop.run(2))
        loop.run_until_complete(asyncio.sleep(0.02))
        loop.close()
        last = pool.submit(asyncio.run, shop.run(3))
        wait_until(lambda: len(shop.engine._turns._queue) == 2)
        shop.gate.set()
        assert (first.result(), last.result()) == (11, 31)
    del waiting  # whose end, without a loop, gives nobody another turn
    gc.collect()
    assert asyncio.run(shop.run(5)) == 51
    assert not shop.engine._turns._busy
