"""What is asked of the store's threads, and how the answer gets back to the event loop that waits for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection


@dataclass(slots=True)
class Order:
    """An operation, and who waits for it. `durable`: the answer must survive a power cut before it is given."""

    name: str
    operation: Callable[[Connection], Any]
    durable: bool
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


@dataclass(slots=True)
class Answer:
    """What came of an order: a value, or what went wrong."""

    order: Order
    value: Any = None
    error: BaseException | None = None

    def deliver(self) -> None:
        """Wake who waits, if they still do. In the loop's thread."""
        if self.order.future.done():
            return
        if self.error is None:
            self.order.future.set_result(self.value)
        else:
            self.order.future.set_exception(self.error)


def deliver(answers: Collection[Answer]) -> None:
    """Hand answers to the loops that wait for them, with one wake-up a loop. From any thread."""
    for loop in {answer.order.loop for answer in answers}:
        mine = [answer for answer in answers if answer.order.loop is loop]
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_wake, mine)


def _wake(answers: Collection[Answer]) -> None:
    for answer in answers:
        answer.deliver()
