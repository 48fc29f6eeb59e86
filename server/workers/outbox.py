"""What a worker sends: one frame at a time, from whatever thread; small messages that follow each other share one."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any

from server.workers.frames import dump, pack
from server.workers.messages import Message
from server.workers.protocol import Said

DELAY = 0.01  # seconds that a message may wait for company


class Outbox:
    """Writes frames to a file descriptor. `say` collects messages of a job; `send` flushes them first."""

    def __init__(self, descriptor: int):
        self._descriptor = descriptor
        self._waiting: list[str] = []
        self._job: Mapping[str, Any] = {}
        self._lock = threading.RLock()
        self._filled = threading.Event()
        threading.Thread(target=self._flush_late, name="graphcore-outbox", daemon=True).start()

    def begin(self, job: str, attempt: int) -> None:
        """What is said from now on is about this job."""
        with self._lock:
            self._job = {"job": job, "attempt": attempt}

    def say(self, said: Said) -> None:
        """Send a message soon, in order."""
        if said.image is not None:
            self.send({"t": "said", **self._job, "events": [[said.type, said.data]]}, said.image)
            return
        with self._lock:
            self._waiting.append(f"[{dump(said.type)},{dump(said.data)}]")
        self._filled.set()

    def send(self, header: Mapping[str, Any], blob: bytes = b"") -> None:
        """Send a frame at once, after all that was said, and in one piece with it: on Ray each piece takes its time."""
        with self._lock:
            self._write(self._collected() + pack(header, blob))

    def message(self, message: Message) -> None:
        """Send what a pack tells clients, after all that was said."""
        header = {"t": "message", "type": message.type, "data": message.data, "client": message.client}
        header["owner"] = message.owner
        self.send({**header, "has_blob": message.blob is not None}, message.blob or b"")

    def _collected(self) -> bytes:
        """The frame of what was said and not sent yet, if there is any."""
        self._filled.clear()
        if not self._waiting:
            return b""
        events, self._waiting = b"[" + ",".join(self._waiting).encode() + b"]", []
        return pack({"t": "events", **self._job}, events)

    def _write(self, frames: bytes) -> None:
        view = memoryview(frames)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except BrokenPipeError:
            os._exit(0)  # the server is gone: nothing that is done from now on could be kept

    def _flush_late(self) -> None:
        pause = threading.Event()
        while True:
            self._filled.wait()
            pause.wait(DELAY)
            with self._lock:
                self._write(self._collected())
