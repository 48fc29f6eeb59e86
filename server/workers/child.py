"""The worker process: `python -m server.workers.child`. It talks over its standard input and output, which node code
does not get to see, and lives no longer than the server that started it.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from graphcore.calls import CURRENT
from graphcore.pipes import own_pipes
from server.jobs.crashpoints import CrashPoint, reach
from server.logs import configure
from server.workers import frames
from server.workers.messages import Message
from server.workers.outbox import Outbox
from server.workers.protocol import Ending, Failed, Interrupted, Succeeded
from server.workers.session import Session, Task, task_of
from server.workers.settings import WorkerSettings

SWITCH = 0.001  # seconds until a busy thread lets another one in: questions are answered while nodes compute
LOOK = 0.4  # seconds between looks for packs that have changed
TEXT = "worker: %(levelname)s %(name)s: %(message)s"
EARLY = 256  # cancellations that are remembered before their job comes
ENDINGS = {Succeeded: "succeeded", Failed: "failed", Interrupted: "interrupted"}
log = logging.getLogger(__name__)
Frame = tuple[dict[str, Any], bytes]


class Child:
    """The threads of a worker: this one runs jobs, one reads, one answers, one says that the process is alive."""

    def __init__(self, session: Session, outbox: Outbox):
        self.session, self.outbox = session, outbox
        self.jobs: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self.questions: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._task: Task | None = None
        self._early: dict[tuple[str, int], None] = {}

    def serve(self) -> None:
        """Run jobs for ever; the reader ends the process."""
        while True:
            header, blob = self.jobs.get()
            if header["t"] == "free":
                options = {name: bool(header.get(name)) for name in ("unload_models", "free_memory")}
                self.session.free(**options)
                continue
            reach(CrashPoint.WORKER_RECEIVED)
            self._run(task_of(header, blob))

    def _run(self, task: Task) -> None:
        self.outbox.begin(task.id, task.attempt)
        with self._lock:
            self._task = task
            if self._early.pop((task.id, task.attempt), 0) is None:
                task.token.cancel()
        ending = self.session.run(task, self.outbox.say)
        with self._lock:
            self._task = None
        self.outbox.send({"t": "ended", "job": task.id, "attempt": task.attempt, **_told(ending)})
        reach(CrashPoint.WORKER_SENT)

    def read(self, source: BinaryIO) -> None:
        """Sort what comes. When the server is gone, so is this process: nothing that it does could be kept."""
        while (message := frames.read(source)) is not None:
            kind = message[0].get("t")
            if kind == "cancel":
                self._cancel(str(message[0]["job"]), int(message[0]["attempt"]))
            elif kind in ("run", "free"):
                self.jobs.put(message)
            else:
                self.questions.put(message)
        self.session.abandon()
        os._exit(0)

    def _cancel(self, job: str, attempt: int) -> None:
        with self._lock:
            if self._task is not None and (self._task.id, self._task.attempt) == (job, attempt):
                self._task.token.cancel()
                return
            self._early[job, attempt] = None
            if len(self._early) > EARLY:
                del self._early[next(iter(self._early))]

    def answer(self) -> None:
        """Answer questions, one after the other; those that may take seconds beside the others."""
        while True:
            message = self.questions.get()
            if message[0]["t"] in ("about", "host", "rewrite"):
                threading.Thread(target=self._answer, args=message, daemon=True).start()
            else:
                self._answer(*message)

    def _answer(self, header: dict[str, Any], blob: bytes) -> None:
        try:
            body = self._ask(header, blob)
        except Exception as error:  # noqa: BLE001 - the server is told, and this thread goes on
            log.warning("A question (%s) failed:\n%s", header["t"], traceback.format_exc())
            self.outbox.send({"t": "answer", "id": header["id"], "error": f"{type(error).__name__}: {error}"})
            return
        self.outbox.send({"t": "answer", "id": header["id"]}, body)

    def _ask(self, header: Mapping[str, Any], blob: bytes) -> bytes:
        with self.session.asked_by(str(header.get("owner") or "")):
            return self._found(header, blob)

    def _found(self, header: Mapping[str, Any], blob: bytes) -> bytes:
        if header["t"] == "validate":
            workflow, targets, inputs = json.loads(blob)
            return frames.dump(self.session.validate(workflow, targets, inputs)).encode()
        if header["t"] == "catalogue":
            return self.session.catalogue()
        if header["t"] == "rewrite":
            return frames.dump(self.session.rewritten(json.loads(blob))).encode()
        if header["t"] == "host":
            return frames.dump(self.session.host()).encode()
        return frames.dump(self.session.about()).encode()


def watch(session: Session, outbox: Outbox) -> None:
    """Load packs anew for ever when their files change, and tell every client."""
    while True:
        time.sleep(LOOK)
        look(session, outbox)


def look(session: Session, outbox: Outbox) -> None:
    """Load the packs anew whose files have changed since the look before."""
    try:
        for report in session.reload():
            known = {name: getattr(report, name) for name in ("name", "nodes", "problem")}
            outbox.message(Message("graphcore.pack_reloaded", known))
    except Exception:
        log.exception("Looking for packs that have changed failed.")


def beat(outbox: Outbox, seconds: float) -> None:
    """Say for ever that the process is alive, and how much memory it holds."""
    while True:
        time.sleep(seconds)
        outbox.send({"t": "beat", "memory": held()})


def _told(ending: Ending) -> dict[str, Any]:
    """An ending as the header of a frame has it."""
    return {"how": ENDINGS[type(ending)], **{name: getattr(ending, name) for name in ending.__slots__}}


def held() -> int:
    """Bytes of main memory that this process holds; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def name_run(record: logging.LogRecord) -> bool:
    """Put the job and the node that runs into a line of the log; all lines are kept."""
    run = CURRENT.get()
    if run is not None:
        record.job, record.node = run.job.id, run.node
    return True


def _beside(work: Callable[..., None], *arguments: Any) -> None:
    threading.Thread(target=work, args=arguments, daemon=True).start()


def main() -> None:
    """Be a worker until the server goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches the whole group; the server decides what it means
    source, sink = own_pipes()
    sys.setswitchinterval(SWITCH)
    first = frames.read(source)
    if first is None:
        return
    settings = WorkerSettings(**first[0]["settings"])
    configure(settings.log_format, TEXT, name_run)
    outbox = Outbox(sink.fileno())
    _beside(beat, outbox, settings.beat)  # packs may take long to load
    child = Child(Session(settings), outbox)
    child.session.connect(outbox.message)
    _beside(child.read, source)
    _beside(child.answer)
    if settings.reload:
        look(child.session, outbox)  # whatever is edited from now on has changed, also before the first look
        _beside(watch, child.session, outbox)
    outbox.send({"t": "ready", "pid": os.getpid()})
    child.serve()


if __name__ == "__main__":
    main()
