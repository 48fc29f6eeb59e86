"""A worker process as its server sees it: started, fed, listened to, and killed when it must be."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from graphcore.scratch import Scratch
from server.workers.frames import BrokenFrame, Frame, pack, read_async
from server.workers.settings import WorkerSettings

ROOT = Path(__file__).parent.parent.parent  # where the package `server` is, for a child with no path of ours
# Variables that stay with the server.
SECRET = ("GRAPHCORE_TOKEN", "GRAPHCORE_TOKEN_FILE", "GRAPHCORE_DATABASE", "RAY_AUTH_TOKEN")
PARTING = 2.0  # seconds that a process has to end by itself once it is told


class Process(Protocol):
    """A worker process as who manages it sees it, wherever it runs."""

    @property
    def pid(self) -> int:
        """The process id, on its machine."""

    def send(self, header: Mapping[str, Any], blob: bytes = b"") -> None:
        """Send a frame; to a process that is gone, nothing."""

    async def hear(self) -> Frame | None:
        """The next frame; None once the process is gone, or talks nonsense."""

    def kill(self, verdict: str) -> None:
        """End the process at once, also a stopped one. `verdict`: a sentence on why."""

    def computes(self) -> bool:
        """Whether the process has used its processor since it was last asked; False where the system does not say.

        Code that holds the interpreter's lock for long silences the heartbeat, and yet is no hang.
        """

    async def end(self) -> str:
        """Have the process end, by force if need be; gives a sentence on how it did."""


Spawn = Callable[[WorkerSettings], Awaitable[Process]]  # raises OSError where there is no way to start one


class WorkerProcess:
    """A child of this process. `verdict` says why it was killed, if it was. `copies`: where its copies of files lie."""

    def __init__(self, process: asyncio.subprocess.Process, copies: Scratch | None = None):
        self._process, self._copies = process, copies
        self._computed = ""
        self.verdict = ""

    @classmethod
    async def spawn(cls, settings: WorkerSettings) -> WorkerProcess:
        """Start a child and tell it its settings."""
        copies = None
        if settings.files:
            copies = await asyncio.to_thread(Scratch, "files")
            settings = settings.with_areas_below(Path(copies.name))
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "server.workers.child"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**_inherited(), "PYTHONPATH": path, **settings.environment},
        )
        found = cls(process, copies)
        found.send({"settings": settings.document()})
        return found

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def output(self) -> asyncio.StreamReader:
        """What the process writes, as bytes."""
        assert self._process.stdout is not None
        return self._process.stdout

    def send(self, header: Mapping[str, Any], blob: bytes = b"") -> None:
        """Send a frame; to a process that is gone, nothing."""
        self.write(pack(header, blob))

    def write(self, data: bytes) -> None:
        """Send frames as bytes."""
        assert self._process.stdin is not None
        if not self._process.stdin.is_closing():
            self._process.stdin.write(data)

    async def hear(self) -> Frame | None:
        """The next frame; None once the process is gone, or talks nonsense."""
        try:
            return await read_async(self.output)
        except BrokenFrame as error:
            self.kill(f"It sent what is no message: {error}")
            return None

    def kill(self, verdict: str) -> None:
        """End the process at once, also a stopped one."""
        self.verdict = self.verdict or verdict
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def computes(self) -> bool:
        """Whether the process has used its processor since it was last asked."""
        try:
            fields = (
                Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            )
        except OSError:
            return False
        before, self._computed = self._computed, " ".join(fields[11:13])  # user and system time
        return before not in ("", self._computed)

    async def end(self) -> str:
        """Have the process end, by force if need be; gives a sentence on how it did."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            code = await asyncio.wait_for(self._process.wait(), PARTING)
        except TimeoutError:
            self.kill("It did not end when it was told to.")
            code = await self._process.wait()
        if self._copies is not None:
            await asyncio.to_thread(self._copies.cleanup)
        return self.verdict or _last_words(code)


def _inherited() -> dict[str, str]:
    """The environment without what opens the server and its store: node code has no business with that."""
    return {name: value for name, value in os.environ.items() if name not in SECRET}


def _last_words(code: int) -> str:
    if code >= 0:
        return f"The worker process ended by itself with status {code}."
    name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
    hint = " Perhaps memory ran out." if name == "SIGKILL" else ""
    return f"The worker process was killed by {name}.{hint}"
