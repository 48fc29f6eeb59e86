"""Test nodes and short ways to write prompts, shared by the tests of the engine."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphcore import Blocker, Expand, Lazy, Many, Pack, Registry, Run
from graphcore.cache import Cache
from graphcore.engine import Engine
from graphcore.events import Event
from graphcore.folders import Folders


def node(kind: str, /, **inputs: Any) -> dict[str, Any]:
    """A node in prompt form."""
    return {"class_type": kind, "inputs": inputs}


def wire(id: str, slot: int = 0) -> list[Any]:
    """A wire from an output."""
    return [id, slot]


class Bench:
    """An engine over the test nodes, which count their calls."""

    def __init__(self, cache: Cache | None = None, folders: Folders | None = None, more: Pack | None = None):
        self.calls: Counter[str] = Counter()
        self.events: list[Event] = []
        self.pack = make_pack(self.calls)
        self.registry = Registry(self.pack, *([more] if more else []))
        self.engine = Engine(self.registry, folders, cache=cache)

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()

    def run(self, prompt: Mapping[str, Any], *keep: str, **options: Any) -> Any:
        """Run, collecting events; the values of the kept node if there is one, else the result."""
        self.events = []
        self.calls.clear()
        result = self.engine.run(prompt, keep=keep, on_event=self.events.append, **options)
        return result.values[keep[0]] if len(keep) == 1 else result

    def seen(self, kind: type) -> list[Any]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


def make_pack(calls: Counter[str]) -> Pack:
    """Small nodes, each with one rule."""
    pack = Pack("test", namespace=False)

    @pack.node()
    def const(value: int) -> int:
        calls["const"] += 1
        return value

    @pack.node()
    def add(a: int, b: int = 0) -> int:
        calls["add"] += 1
        return a + b

    @pack.node()
    def spread(count: int) -> Many[int]:
        calls["spread"] += 1
        return list(range(count))

    @pack.node()
    def total(items: Many[int], plus: int = 0) -> int:
        calls["total"] += 1
        return sum(items) + plus

    @pack.node()
    def sum_all(*items: int) -> int:
        calls["sum_all"] += 1
        return sum(items)

    @pack.node()
    def blocked(message: str) -> int | Blocker:
        return Blocker(message or None)

    @pack.node()
    def block_odd(value: int) -> int | Blocker:
        return Blocker(f"{value} is odd") if value % 2 else value

    @pack.node()
    async def choose(first: bool, a: Lazy[int], b: Lazy[int]) -> int:
        calls["choose"] += 1
        return await (a if first else b)

    @pack.node()
    def boom(value: int) -> int:
        calls["boom"] += 1
        raise ValueError("went wrong on purpose")

    @pack.node()
    async def sleep(value: int, seconds: float = 0.05) -> int:
        calls["sleep"] += 1
        await asyncio.sleep(seconds)
        return value

    @pack.node(lane="io")
    def write(value: int, seconds: float = 0.05) -> int:
        calls["write"] += 1
        time.sleep(seconds)
        return value

    @pack.node()
    def loop(n: int, total: int, *, run: Run) -> Expand[int]:
        calls["loop"] += 1
        if n == 0:
            return total
        graph = run.graph()
        return graph.result(graph.node("loop", n=n - 1, total=total + 1).out())

    @pack.node(volatile=True)
    def tick() -> int:
        calls["tick"] += 1
        return calls["tick"]

    @pack.node(output=True)
    def show(value: int, *, run: Run) -> None:
        calls["show"] += 1
        run.show(value=[value])

    @pack.node(output=True)
    def quiet(value: int) -> None:
        calls["quiet"] += 1

    return pack


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for something that another thread does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.002)


def in_thread(work: Callable[[], Any]) -> Iterator[threading.Thread]:
    """Run something in a thread that is over when the caller is."""
    thread = threading.Thread(target=work)
    thread.start()
    yield thread
    thread.join()
