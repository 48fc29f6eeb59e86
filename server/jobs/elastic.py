"""How many workers are awake: as many as there are jobs to run, within bounds. The others have no process or actor."""

from __future__ import annotations

import asyncio
import logging
import time

from sqlalchemy.exc import SQLAlchemyError

from server.jobs.neighbours import Shared
from server.workers.pool import WorkerPool

LOOK = 1.0  # seconds between looks at the queue
IDLE = 60.0  # seconds that more workers are awake than are needed before some are put to sleep
log = logging.getLogger(__name__)


class Elastic:
    """Grows a pool at once when jobs wait, and lets it shrink to `least` workers when that has not been so for a while.

    Servers of one store each grow by all that waits: who comes first has it, and the others shrink again.
    """

    def __init__(self, queue: Shared, pool: WorkerPool, least: int, idle: float = IDLE):
        self._queue, self._pool, self._least, self._idle = queue, pool, least, idle
        self._needed = time.monotonic()  # when all that are awake were last of use

    async def keep(self) -> None:
        """For ever."""
        while True:
            try:
                await self._fit(await self._queue.store.count_runnable())
            except SQLAlchemyError as error:
                log.error("The job store cannot be read, and is tried again: %s", error)
            await asyncio.sleep(LOOK)

    async def _fit(self, runnable: int) -> None:
        awake = len(self._pool.awake)
        wanted = min(max(runnable, self._least), len(self._pool.workers))
        if wanted >= awake:
            self._needed = time.monotonic()
            await self._pool.grow(wanted - awake)
        elif time.monotonic() - self._needed > self._idle:
            await self._pool.shrink(awake - wanted, self._is_busy)

    def _is_busy(self, worker: str) -> bool:
        return any(running.worker.id == worker for running in self._queue.running.values())
