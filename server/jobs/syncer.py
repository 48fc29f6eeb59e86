"""The thread that has what was committed reach the disk. While it waits for one sync, the next ones become one."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from server.jobs.orders import Answer, deliver

PAUSES = (0.1, 0.5)  # seconds before a sync that failed is tried again
log = logging.getLogger(__name__)


class NotSynced(SQLAlchemyError):
    """The operation was committed, with this value, but the disk does not confirm that it keeps it."""

    def __init__(self, value: Any, error: OSError):
        self.value = value
        super().__init__(f"The disk of the job store fails: {error}")


class Syncer:
    """Gives answers once `sync` has returned after their commit. `sync` raises OSError where the disk fails."""

    def __init__(self, sync: Callable[[], None]):
        self._sync = sync
        self._changed = threading.Condition()
        self._waiting: list[Answer] = []
        self._announced = self._committed = self._synced = 0  # batches
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="graphcore-sync", daemon=True)
        self._thread.start()

    def announce(self) -> None:
        """A batch is going to be committed: from now on `wait` waits for it."""
        with self._changed:
            self._announced += 1

    def take(self, answers: Collection[Answer]) -> None:
        """The batch that was announced is committed, or has failed."""
        with self._changed:
            self._committed = self._announced
            self._waiting += answers
            self._changed.notify_all()

    def wait(self) -> None:
        """Return once every batch that was announced is on the disk."""
        with self._changed:
            wanted = self._announced
            self._changed.wait_for(lambda: self._synced >= wanted or self._closed)

    def close(self) -> None:
        """Sync what was committed; returns when the thread has ended."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._committed > self._synced or self._closed)
                answers, self._waiting = self._waiting, []
                committed = self._committed
                if committed == self._synced:
                    return
            error = self._tried()
            if error is not None:
                answers = [
                    Answer(answer.order, error=answer.error or NotSynced(answer.value, error)) for answer in answers
                ]
            with self._changed:
                self._synced = committed
                self._changed.notify_all()
            deliver(answers)

    def _tried(self) -> OSError | None:
        """Sync; what went wrong if that never succeeds."""
        error = None
        for pause in (0.0, *PAUSES):
            time.sleep(pause)
            try:
                self._sync()
                return None
            except OSError as failure:
                log.error("What was written to the job store cannot be made safe, and is tried again: %s", failure)
                error = failure
        return error
