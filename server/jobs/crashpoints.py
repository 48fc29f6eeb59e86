"""Named points where a test can have the process killed, as a power cut would: at once, nothing flushed.

`GRAPHCORE_CRASH_AT=<name>` arms one; `GRAPHCORE_CRASH_MARK=<file>`, a file that is created at the crash, has it happen
only once, also when the process is started again with the same environment.
"""

from __future__ import annotations

import os
import signal
from enum import StrEnum
from pathlib import Path

AT, MARK = "GRAPHCORE_CRASH_AT", "GRAPHCORE_CRASH_MARK"


class CrashPoint(StrEnum):
    """Where a process may be killed. Those of the store stand once inside and once behind its transaction."""

    ENQUEUE_WRITTEN = "enqueue.written"  # the job is in the transaction, which is not committed
    ENQUEUE_COMMITTED = "enqueue.committed"  # the job is durable, its client does not know yet
    CLAIM_WRITTEN = "claim.written"  # a lease that was never committed
    CLAIM_COMMITTED = "claim.committed"  # a lease whose worker was never told
    FINISH_WRITTEN = "finish.written"  # the result is known, but not committed: the job has to run again
    FINISH_COMMITTED = "finish.committed"  # the result is durable, nobody was told
    GIVE_BACK_WRITTEN = "give_back.written"  # between the loss of a worker and the job's return to the queue
    GIVE_BACK_COMMITTED = "give_back.committed"  # the job is in the queue again
    CANCEL_WRITTEN = "cancel.written"  # a cancellation that nobody will remember
    CANCEL_COMMITTED = "cancel.committed"  # a cancellation that must hold, though the worker was never told
    RECLAIM_WRITTEN = "reclaim.written"  # a restart that dies while it takes back what a dead server had leased
    RECLAIM_COMMITTED = "reclaim.committed"  # the same, one step later
    SERVER_SENT = "server.sent"  # the worker was told to run, the server dies
    SERVER_RECEIVED = "server.received"  # the worker said how it ended, the server dies before it stores that
    WORKER_RECEIVED = "worker.received"  # the worker has the job, and dies before it begins
    WORKER_RAN = "worker.ran"  # all nodes are done, files may still be in memory only
    WORKER_SYNCED = "worker.synced"  # the files are safe, the server does not know
    WORKER_SENT = "worker.sent"  # the server was told, the worker dies


def _armed() -> CrashPoint | None:
    name = os.environ.get(AT)
    return CrashPoint(name) if name else None


ARMED = _armed()


def reach(point: CrashPoint) -> None:
    """Die here if this point is armed."""
    if point is ARMED and _first():
        os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)


def _first() -> bool:
    mark = os.environ.get(MARK)
    if not mark:
        return True
    try:
        Path(mark).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
