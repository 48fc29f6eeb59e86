"""The worker that is a process: replaced whenever that dies, hangs, or grows too large."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.jobs.crashpoints import CrashPoint, reach
from server.workers.catalogues import CatalogueFile, fingerprint
from server.workers.frames import dump
from server.workers.messages import Message
from server.workers.process import Process, Spawn, WorkerProcess
from server.workers.protocol import (
    Assignment,
    CatalogueText,
    Ending,
    Failed,
    HostAddress,
    Interrupted,
    Lost,
    Report,
    Said,
    Succeeded,
    WorkerEvent,
    WorkerUnavailable,
)
from server.workers.settings import Limits, WorkerSettings

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0  # seconds before a worker that never got ready is started again
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Current:
    """The job at hand, and what its worker said of it that was not taken yet."""

    job: str
    attempt: int
    events: asyncio.Queue[WorkerEvent | Message] = field(default_factory=asyncio.Queue)
    heard: float = field(default_factory=time.monotonic)

    def is_(self, job: object, attempt: object) -> bool:
        return (self.job, self.attempt) == (job, attempt)


class LocalWorker:
    """A `Worker` whose process is a child of the server, or whatever else `spawn` starts.

    See `WorkerSettings` for what it is told, `Limits` for what it may take.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        limits: Limits | None = None,
        *,
        id: str = "local-0",
        device: str = "default",
        catalogues: CatalogueFile | None = None,
        spawn: Spawn = WorkerProcess.spawn,
    ):
        self.id, self.device = id, device
        self.settings, self.limits = settings, limits or Limits()
        self.lives = 0
        self.listener: Callable[[Message], None] | None = None
        self._catalogues, self._spawn = catalogues, spawn
        self._process: Process | None = None
        self._lived = False
        self._kept: CatalogueText | None = None
        self._ready = asyncio.Event()
        self._current: _Current | None = None
        self._questions: dict[int, asyncio.Future[bytes]] = {}
        self._asked = 0
        self._host: tuple[Process | None, HostAddress] | None = None
        self._silent = 0
        self._stopping = False
        self._life: asyncio.Task[None] | None = None

    # -- life --------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to live, or to live again; `ready` tells when."""
        self._stopping = False
        self._life = asyncio.create_task(self._live(), name=f"worker {self.id}")

    async def ready(self) -> None:
        """Wait until a process is there and its packs are loaded."""
        await self._ready.wait()

    @property
    def is_ready(self) -> bool:
        """Whether a job could begin now."""
        return self._ready.is_set()

    @property
    def pid(self) -> int | None:
        """The process id of the child, while there is one."""
        return self._process.pid if self._process is not None else None

    async def stop(self, grace: float) -> None:
        """End. A job that still runs after `grace` seconds is lost."""
        self._stopping = True
        until = time.monotonic() + grace
        while self._current is not None and time.monotonic() < until:
            await asyncio.sleep(0.02)
        if self._life is None:
            return
        if self._process is not None:
            self._process.kill("The server was stopped.")
        else:
            self._life.cancel()  # it waits for a process, or between two
        await asyncio.wait([self._life])

    async def _live(self) -> None:
        failures = 0
        while not self._stopping:
            got_ready = await self._one_life()
            failures = 0 if got_ready else failures + 1
            if failures and not self._stopping:
                await asyncio.sleep(min(FIRST_PAUSE * 2**failures, LONGEST_PAUSE))

    async def _one_life(self) -> bool:
        """Start a process and listen until it is gone. Whether it ever got ready."""
        try:
            self._process = await self._spawn(self.settings)
        except OSError as error:
            log.error("Worker %s cannot be started: %s", self.id, error)
            return False
        self._silent, self._lived = 0, False
        watch = asyncio.create_task(self._watch(self._process))
        try:
            while (frame := await self._process.hear()) is not None:
                self._heard(*frame)
        finally:
            self._ready.clear()
            watch.cancel()
            self._bury(await self._process.end())
        return self._lived

    def _bury(self, reason: str) -> None:
        if not self._stopping:
            log.warning("Worker %s is gone and is replaced: %s", self.id, reason)
        self._process = None
        for question in self._questions.values():
            if not question.done():
                question.set_exception(WorkerUnavailable(f"{reason} A new one is being started; try again."))
        self._questions.clear()
        if self._current is not None:
            self._current.events.put_nowait(Lost(reason))

    async def _watch(self, process: Process) -> None:
        """Kill a process that shows no sign of life (neither a heartbeat nor processor time), that never gets ready,
        or whose job says nothing for too long.

        Counted in turns of this loop, so that a server that was itself stopped for a while blames nobody.
        """
        beat, limits, waited = self.settings.beat, self.limits, 0.0
        while True:
            await asyncio.sleep(beat)
            self._silent = 0 if process.computes() else self._silent + 1
            waited += beat
            if self._silent * beat > limits.silence:
                process.kill(f"The worker showed no sign of life for {limits.silence:g} s.")
            if not self._ready.is_set() and waited > limits.start:
                process.kill(f"The worker was not ready after {limits.start:g} s.")
            current = self._current
            if limits.stall is not None and current is not None and time.monotonic() - current.heard > limits.stall:
                process.kill(f"The job said nothing for {limits.stall:g} s.")

    # -- what it says ------------------------------------------------------------------------------------------------

    def _heard(self, header: dict[str, Any], blob: bytes) -> None:
        self._silent = 0
        match header.get("t"):
            case "ready":
                self._lived = True
                self.lives += 1
                self._ready.set()
            case "events":
                self._said(header, json.loads(blob), None)
            case "said":
                self._said(header, header["events"], blob)
            case "ended":
                self._ended(header)
            case "answer":
                self._answered(header, blob)
            case "message":
                body = blob if header["has_blob"] else None
                self._messaged(Message(header["type"], header["data"], header["client"], body, header["owner"]))
            case "beat":
                self._weigh(int(header["memory"]))

    def _said(self, header: Mapping[str, Any], events: Sequence[Any], image: bytes | None) -> None:
        current = self._current
        if current is not None and current.is_(header.get("job"), header.get("attempt")):
            current.heard = time.monotonic()
            for type, data in events:
                current.events.put_nowait(Said(type, data, image))

    def _messaged(self, message: Message) -> None:
        """Pass on what a pack sends: in its place among what its job says."""
        if self._current is not None:
            self._current.events.put_nowait(message)
        else:
            self._tell(message)

    def _ended(self, header: Mapping[str, Any]) -> None:
        reach(CrashPoint.SERVER_RECEIVED)
        current = self._current
        if current is not None and current.is_(header.get("job"), header.get("attempt")):
            current.events.put_nowait(_ending(header))

    def _answered(self, header: Mapping[str, Any], blob: bytes) -> None:
        question = self._questions.pop(int(header["id"]), None)
        if question is None or question.done():
            return
        if "error" in header:
            question.set_exception(WorkerUnavailable(f"The worker could not answer: {header['error']}"))
        else:
            question.set_result(blob)

    def _weigh(self, memory: int) -> None:
        limit = self.limits.memory
        if limit is not None and memory > limit and self._process is not None:
            self._process.kill(f"The worker held {memory / 2**20:.0f} MiB of memory; {limit / 2**20:.0f} are allowed.")

    # -- jobs --------------------------------------------------------------------------------------------------------

    async def run(self, job: Assignment) -> AsyncGenerator[WorkerEvent, None]:
        """Run a job: what it says, then exactly one `Ending`."""
        if self._process is None or not self._ready.is_set():
            yield Lost("The worker was gone before the job began.", blameless=True)
            return
        current = self._current = _Current(job.job, job.attempt)
        header = {"t": "run", "job": job.job, "attempt": job.attempt, "secrets": dict(job.secrets), "owner": job.owner}
        self._process.send(header, f"[{job.prompt},{job.extra},{job.targets}]".encode())
        reach(CrashPoint.SERVER_SENT)
        try:
            while True:
                event = await current.events.get()
                if isinstance(event, Message):
                    self._tell(event)
                    continue
                if isinstance(event, Ending):
                    self._leave(current)
                    if isinstance(event, Failed) and event.out_of_memory:
                        self.replace("A node ran out of memory.")
                    yield event
                    return
                yield event
        finally:
            if self._current is current:  # a generator may be closed late, when the next job is under way
                self._current = None

    def _leave(self, current: _Current) -> None:
        """The job is over; what a pack sent after its end is passed on."""
        self._current = None
        while not current.events.empty():
            late = current.events.get_nowait()
            if isinstance(late, Message):
                self._tell(late)

    def _tell(self, message: Message) -> None:
        if self.listener is not None:
            self.listener(message)

    async def cancel(self, job: str, attempt: int) -> None:
        """Ask a job to stop; a worker that has not obeyed after a grace is killed."""
        if self._process is not None:
            self._process.send({"t": "cancel", "job": job, "attempt": attempt})
            asyncio.get_running_loop().call_later(self.limits.grace, self._enforce, job, attempt)

    def _enforce(self, job: str, attempt: int) -> None:
        if self._current is not None and self._current.is_(job, attempt) and self._process is not None:
            self._process.kill(f"The job did not stop within {self.limits.grace:g} s after it was told to.")

    def replace(self, reason: str) -> None:
        """Start anew with an empty memory."""
        self._ready.clear()
        if self._process is not None:
            self._process.kill(reason)

    async def free(self, *, unload_models: bool = False, free_memory: bool = False) -> None:
        """Give memory back, after the current job."""
        if self._process is not None and self._ready.is_set():
            self._process.send({"t": "free", "unload_models": unload_models, "free_memory": free_memory})

    # -- questions ---------------------------------------------------------------------------------------------------

    async def validate(
        self,
        prompt: Mapping[str, Any],
        targets: Sequence[str] | None = None,
        inputs: Mapping[str, Any] | None = None,
        owner: str = "",
    ) -> Report:
        """Check a workflow of any form."""
        answer = json.loads(await self._ask("validate", dump([prompt, targets, inputs]).encode(), owner))
        if answer["prompt"] is None:
            answer["prompt"] = prompt
        return Report(**answer)

    async def catalogue(self, owner: str = "") -> CatalogueText:
        """The nodes as they are now; those that were kept, while the process is being started."""
        mark = await asyncio.to_thread(fingerprint, self.settings)
        if owner:  # it lists the user's files, so it is kept for nobody
            return CatalogueText(mark, await self._ask("catalogue", owner=owner))
        if self._catalogues is not None and not self._ready.is_set():
            kept = await asyncio.to_thread(self._catalogues.read, mark)
            if kept is not None:
                return kept
        found = CatalogueText(mark, await self._ask("catalogue"))
        if self._catalogues is not None and found != self._kept:
            self._keep(self._catalogues, found)
        return found

    def _keep(self, files: CatalogueFile, found: CatalogueText) -> None:
        self._kept = found
        try:
            files.write(found)
        except OSError as error:
            log.warning("The node catalogue cannot be kept for the next start: %s", error)

    async def about(self) -> Mapping[str, Any]:
        """Devices and versions."""
        return json.loads(await self._ask("about"))  # type: ignore[no-any-return]

    async def pack_host(self) -> HostAddress:
        """Where the handlers of packs are reached, as long as the process lives."""
        process = self._process
        if self._host is None or self._host[0] is not process:
            found = HostAddress(**json.loads(await self._ask("host")))
            self._host = (self._process, found)
        return self._host[1]

    async def rewritten(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A submission as packs change it."""
        return json.loads(await self._ask("rewrite", dump(body).encode()))  # type: ignore[no-any-return]

    async def _ask(self, kind: str, blob: bytes = b"", owner: str = "") -> bytes:
        """The answer to a question. A process that dies over it is replaced, and the next one is asked, but only once:
        the question may be what killed it.
        """
        if self._stopping:
            raise WorkerUnavailable("The server is being stopped.")
        try:
            async with asyncio.timeout(self.limits.answer):
                try:
                    return await self._ask_process(kind, blob, owner)
                except WorkerUnavailable:
                    if self._stopping:
                        raise
                    return await self._ask_process(kind, blob, owner)
        except TimeoutError:
            raise WorkerUnavailable(f"The worker did not answer within {self.limits.answer:g} s; try again.") from None

    async def _ask_process(self, kind: str, blob: bytes, owner: str) -> bytes:
        while self._process is None or not self._ready.is_set():
            await self._ready.wait()
        self._asked += 1
        number = self._asked
        question: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._questions[number] = question
        self._process.send({"t": kind, "id": number, "owner": owner}, blob)
        try:
            return await question
        finally:
            self._questions.pop(number, None)


def _ending(header: Mapping[str, Any]) -> Ending:
    outputs, meta = header["outputs"], header["meta"]
    match header["how"]:
        case "succeeded":
            return Succeeded(outputs, meta, header["files"])
        case "interrupted":
            return Interrupted(header["where"], outputs, meta)
        case _:
            return Failed(header["error"], outputs, meta, bool(header["out_of_memory"]))
