"""A worker process on another machine: an actor there starts it and passes its two pipes on as bytes.

Frames, heartbeats, limits and cancellation are therefore those of a local process. An actor that is lost, with its
machine or its network, reads like a pipe that was closed.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Mapping
from typing import Any, Protocol, TypeVar

from server.workers.frames import BrokenFrame, Frame, pack, read_async
from server.workers.process import PARTING, WorkerProcess
from server.workers.settings import WorkerSettings

T = TypeVar("T")
CHUNK = 1 << 20  # bytes an answer
THREADS = "OMP_NUM_THREADS"
ORPHANED = 20.0  # seconds without a question after which an actor takes its server for gone


class Pipes:
    """The actor: a process, and its pipes as calls. It lives no longer than its server, or the way to it."""

    def __init__(self) -> None:
        self._process: WorkerProcess | None = None
        self._patience = 1.0  # seconds that a process may say nothing before `read` says so
        self._asked = time.monotonic()
        self._watching: asyncio.Task[None] | None = None

    async def start(self, settings: Mapping[str, Any]) -> int:
        """Start the process; its id."""
        told = WorkerSettings(**settings)
        os.environ.pop(THREADS, None)  # Ray sets it to the processors that it counts for an actor, most often one
        self._process, self._patience = await WorkerProcess.spawn(told), told.beat
        self._watching = asyncio.create_task(self._watch())
        return self._process.pid

    async def write(self, data: bytes) -> None:
        """Write to the process."""
        assert self._process is not None
        self._process.write(data)

    async def read(self) -> tuple[bytes | None, bool]:
        """(what the process wrote, None once its pipe is closed; whether it computed since this was last asked)."""
        assert self._process is not None
        self._asked = time.monotonic()
        try:
            data = await asyncio.wait_for(self._process.output.read(CHUNK), self._patience)
        except TimeoutError:
            return b"", self._process.computes()
        return data or None, self._process.computes()

    async def end(self, verdict: str) -> str:
        """End the process, at once if there is a verdict; a sentence on how it ended."""
        assert self._process is not None
        if verdict:
            self._process.kill(verdict)
        return await self._process.end()

    async def _watch(self) -> None:
        """Nothing that is done for a server that is gone could be kept."""
        assert self._process is not None
        while time.monotonic() - self._asked < ORPHANED:
            await asyncio.sleep(1.0)
        self._process.kill("Its server is gone.")
        await self._process.end()
        os._exit(0)


class Remote(Protocol):
    """`Pipes` from afar: each call may raise whatever the way to the actor raises."""

    async def start(self, settings: Mapping[str, Any]) -> int:
        """See `Pipes`."""

    async def write(self, data: bytes) -> None:
        """See `Pipes`."""

    async def read(self) -> tuple[bytes | None, bool]:
        """See `Pipes`."""

    async def end(self, verdict: str) -> str:
        """See `Pipes`."""

    async def discard(self) -> None:
        """End the actor, whatever it does."""


class ActorProcess:
    """A `Process` behind an actor."""

    def __init__(self, actor: Remote, pid: int):
        self.pid = pid
        self._actor = actor
        self._reader = asyncio.StreamReader()
        self._written = bytearray()
        self._filled = asyncio.Event()
        self._computed = self._closed = False
        self._verdict = self._lost = ""
        self._pumps = [asyncio.create_task(pump()) for pump in (self._listen, self._speak)]

    @classmethod
    async def spawn(cls, actor: Remote, settings: WorkerSettings) -> ActorProcess:
        """Have an actor start a process. Raises OSError if it is lost over that."""
        try:
            return cls(actor, await actor.start(settings.document()))
        except BaseException as error:
            await actor.discard()
            if isinstance(error, Exception):
                raise OSError(_first_line(error)) from error
            raise

    def send(self, header: Mapping[str, Any], blob: bytes = b"") -> None:
        """Send a frame; to a process that is gone, nothing."""
        self._written += pack(header, blob)
        self._filled.set()

    async def hear(self) -> Frame | None:
        """The next frame; None once the process or the way to it is gone, or it talks nonsense."""
        try:
            return await read_async(self._reader)
        except BrokenFrame as error:
            self.kill(f"It sent what is no message: {error}")
            return None

    def kill(self, verdict: str) -> None:
        """Hear nothing more of the process, and end it in `end`."""
        self._verdict = self._verdict or verdict
        self._close()

    def _close(self) -> None:
        self._closed = True
        self._reader.feed_eof()

    def computes(self) -> bool:
        """Whether the process used its processor by what the actor said last."""
        computed, self._computed = self._computed, False
        return computed

    async def end(self) -> str:
        """Have process and actor end; gives a sentence on how they did."""
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        words = self._lost or await self._last_words()
        await self._actor.discard()
        return self._verdict or words

    async def _last_words(self) -> str:
        try:
            patience = PARTING if self._verdict else 2 * PARTING  # what was silent for long may well be so now
            return await asyncio.wait_for(self._actor.end(self._verdict), patience)
        except TimeoutError:
            return "The actor of the worker does not answer any more."
        except Exception as error:  # noqa: BLE001 - whatever the way there raises: that way is gone
            return _loss(error)

    async def _listen(self) -> None:
        """Pass on what the process writes, until its pipe or the actor is gone."""
        while (data := await self._reached(self._actor.read())) is not None:
            chunk, computed = data
            self._computed = self._computed or computed
            if chunk is None or self._closed:
                break
            self._reader.feed_data(chunk)
        self._close()

    async def _speak(self) -> None:
        """Pass on what was sent, in order: one call at a time, each with all that waits."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            data, self._written = bytes(self._written), bytearray()
            await self._reached(self._actor.write(data))
            if self._lost:
                self._close()
                return

    async def _reached(self, call: Awaitable[T]) -> T | None:
        """The answer to a call; None, with the reason in `_lost`, if the actor is gone."""
        try:
            return await call
        except Exception as error:  # noqa: BLE001 - whatever the way there raises: that way is gone
            self._lost = self._lost or _loss(error)
            return None


def _loss(error: Exception) -> str:
    return f"The actor of the worker was lost: {_first_line(error)}"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
