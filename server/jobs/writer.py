"""One thread that writes: operations that are ordered in one turn of the loop, or wait meanwhile, share a transaction.

Where a commit does not reach the disk by itself, a `Syncer` sees to that in another thread, and answers what must
survive a power cut. A claim need not (its job would wait again), so it is answered at its commit: no worker waits for
a disk.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine

from server.jobs.crashpoints import CrashPoint, reach
from server.jobs.orders import Answer, Order, deliver
from server.jobs.syncer import Syncer

T = TypeVar("T")
BATCH = 256  # operations after which a transaction takes no more
SWITCH = 0.0005  # seconds until a busy event loop lets this thread have the interpreter; the default costs 5 ms a turn
log = logging.getLogger(__name__)


class Writer:
    """Runs operations on one connection, in the order in which they were ordered.

    An operation may run twice (a batch that fails is undone, and each of its operations tried alone), so it must do
    nothing but talk to the database. `sync` has what was committed survive a power cut, where commits alone do not.
    """

    def __init__(self, engine: Engine, sync: Callable[[], None] | None = None):
        self._engine = engine
        self._connection: Connection | None = None  # of the thread's own
        self._turn: list[Order] = []  # of the loop's turn that is under way
        self._lock = threading.Lock()
        self._orders: queue.SimpleQueue[list[Order] | None] = queue.SimpleQueue()
        self._syncer = None if sync is None else Syncer(sync)
        sys.setswitchinterval(min(SWITCH, sys.getswitchinterval()))
        self._thread = threading.Thread(target=self._work, name="graphcore-store", daemon=True)
        self._thread.start()

    def call(self, name: str, operation: Callable[[Connection], T], *, durable: bool = True) -> asyncio.Future[T]:
        """Order an operation. The future gets its result, or what went wrong, once that is committed and (`durable`)
        on the disk.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._lock:
            if not self._turn:
                loop.call_soon(self._hand_over)
            self._turn.append(Order(name, operation, durable, future, loop))
        return future

    def _hand_over(self) -> None:
        with self._lock:
            orders, self._turn = self._turn, []
        if orders:
            self._orders.put(orders)

    def settle(self) -> None:
        """Wait until what is committed is on the disk: who has read it must not tell what a power cut could undo."""
        if self._syncer is not None:
            self._syncer.wait()

    def close(self) -> None:
        """Finish what was ordered; returns when the threads have ended."""
        self._hand_over()
        self._orders.put(None)
        self._thread.join()
        if self._syncer is not None:
            self._syncer.close()

    def _work(self) -> None:
        self._serve()
        self._disconnect()

    def _serve(self) -> None:
        while (batch := self._orders.get()) is not None:
            last = self._gather(batch)
            self._perform(batch)
            if last:
                return

    def _gather(self, batch: list[Order]) -> bool:
        """Add what waits; whether nothing follows."""
        while len(batch) < BATCH:
            try:
                orders = self._orders.get_nowait()
            except queue.Empty:
                break
            if orders is None:
                return True
            batch += orders
        return False

    def _perform(self, batch: list[Order]) -> None:
        syncer = self._syncer if any(order.durable for order in batch) else None
        if syncer is not None:
            syncer.announce()
        answers = self._run(batch)
        for answer in answers:
            _reach(answer.order.name, "committed")
        deliver([answer for answer in answers if syncer is None or not answer.order.durable])
        if syncer is not None:
            syncer.take([answer for answer in answers if answer.order.durable])

    def _run(self, batch: list[Order]) -> list[Answer]:
        try:
            return self._commit(batch)
        except Exception as error:  # noqa: BLE001 - whoever ordered the operation gets it
            if len(batch) == 1:
                return [Answer(batch[0], error=error)]
            log.debug("A shared transaction failed, its parts are tried alone: %s", error)
        return [answer for order in batch for answer in self._run([order])]

    def _commit(self, batch: list[Order]) -> list[Answer]:
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            with self._connection.begin():
                answers = []
                for order in batch:
                    answers.append(Answer(order, order.operation(self._connection)))
                    _reach(order.name, "written")
        except BaseException:
            self._disconnect()  # whatever is wrong with it, the next one is sound
            raise
        return answers

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


POINTS = {point.value: point for point in CrashPoint}


def _reach(name: str, moment: str) -> None:
    point = POINTS.get(f"{name}.{moment}")
    if point is not None:
        reach(point)
