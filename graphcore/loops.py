"""Event loops for callers that have none. Making one takes longer than a small run, so they are kept for the next."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class Loops:
    """Runs coroutines for whoever cannot await them. Safe to share between threads: each run has a loop of its own."""

    def __init__(self) -> None:
        self._idle: list[asyncio.Runner] = []
        self._closed = False

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end, in a thread of its own if this one has a running loop."""
        if not _in_event_loop():
            return self._run(work)
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(contextvars.copy_context().run, self._run, work).result()

    def close(self) -> None:
        """Close the loops that are kept; those of runs that go on are closed when they end."""
        self._closed = True
        while self._idle:
            _close(self._idle.pop())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            runner = self._idle.pop()
        except IndexError:
            runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        try:
            return runner.run(_alone(work), context=contextvars.copy_context())
        except (KeyboardInterrupt, SystemExit):  # these break out of a loop wherever it is
            _close(runner)
            raise
        finally:
            if not runner.get_loop().is_closed():
                self._idle.append(runner)
                if self._closed:
                    self.close()


async def _alone(work: Coroutine[Any, Any, T]) -> T:
    """Await something, and stop whatever it has left behind: the next run in this loop must not meet it."""
    try:
        return await work
    finally:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            await asyncio.gather(*left, return_exceptions=True)


def _close(runner: asyncio.Runner) -> None:
    """Close a loop in which nothing goes on any more. Unlike Runner.close, works while another loop is running."""
    runner.get_loop().close()


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
