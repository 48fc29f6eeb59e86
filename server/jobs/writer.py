"""One thread that writes: operations that wait at the same moment share a transaction, and so the cost of its sync."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from server.jobs.crashpoints import CrashPoint, reach

T = TypeVar("T")
Operation = Callable[[Connection], T]
BATCH = 256  # operations a transaction
SWITCH = 0.0005  # seconds until a busy event loop lets this thread have the interpreter; the default costs 5 ms a turn
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Order:
    name: str
    operation: Operation[Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


@dataclass(slots=True)
class _Answer:
    order: _Order
    value: Any = None
    error: BaseException | None = None

    def deliver(self) -> None:
        """Wake who waits, if they still do."""
        if self.order.future.done():
            return
        if self.error is None:
            self.order.future.set_result(self.value)
        else:
            self.order.future.set_exception(self.error)


class Writer:
    """Runs operations on one connection, in the order in which they were ordered.

    An operation may run twice (a batch that fails is undone, and each of its operations tried alone), so it must do
    nothing but talk to the database.
    """

    def __init__(self, engine: Engine):
        self._engine = engine
        self._connection: Connection | None = None  # of the thread's own
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        sys.setswitchinterval(min(SWITCH, sys.getswitchinterval()))
        self._thread = threading.Thread(target=self._work, name="graphcore-store", daemon=True)
        self._thread.start()

    def call(self, name: str, operation: Operation[T]) -> asyncio.Future[T]:
        """Order an operation. The future gets its result once that is committed, or what went wrong."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._orders.put(_Order(name, operation, future, loop))
        return future

    def close(self) -> None:
        """Finish what was ordered; returns when the thread has ended."""
        self._orders.put(None)
        self._thread.join()

    def _work(self) -> None:
        self._serve()
        self._disconnect()

    def _serve(self) -> None:
        while (order := self._orders.get()) is not None:
            batch, last = self._gather(order)
            answers = self._run(batch)
            for answer in answers:
                _reach(answer.order.name, "committed")
            _deliver(answers)
            if last:
                return

    def _gather(self, first: _Order) -> tuple[list[_Order], bool]:
        batch = [first]
        while len(batch) < BATCH:
            try:
                order = self._orders.get_nowait()
            except queue.Empty:
                break
            if order is None:
                return batch, True
            batch.append(order)
        return batch, False

    def _run(self, batch: list[_Order]) -> list[_Answer]:
        try:
            return self._commit(batch)
        except Exception as error:  # noqa: BLE001 - whoever ordered the operation gets it
            if len(batch) == 1:
                return [_Answer(batch[0], error=error)]
            log.debug("A shared transaction failed, its parts are tried alone: %s", error)
        return [answer for order in batch for answer in self._run([order])]

    def _commit(self, batch: list[_Order]) -> list[_Answer]:
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            with self._connection.begin():
                answers = []
                for order in batch:
                    answers.append(_Answer(order, order.operation(self._connection)))
                    _reach(order.name, "written")
        except BaseException:
            self._disconnect()  # whatever is wrong with it, the next one is sound
            raise
        return answers

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _deliver(answers: list[_Answer]) -> None:
    """Hand the answers to the loops that wait for them, with one wake-up a loop."""
    for loop in {answer.order.loop for answer in answers}:
        mine = [answer for answer in answers if answer.order.loop is loop]
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_wake, mine)


def _wake(answers: list[_Answer]) -> None:
    for answer in answers:
        answer.deliver()


POINTS = {point.value: point for point in CrashPoint}


def _reach(name: str, moment: str) -> None:
    point = POINTS.get(f"{name}.{moment}")
    if point is not None:
        reach(point)
