"""The process of a pack as the engine's side sees it: started when needed, asked, stopped, replaced when it dies."""

from __future__ import annotations

import itertools
import logging
import os
import signal
import subprocess
import threading
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, cast

from graphcore.errors import Cancelled, RunError
from graphcore.folders import Folders
from graphcore.job import Job, Run
from graphcore.packaging.isolation import Isolation, python_of
from nodes.compat.isolation import wire
from nodes.compat.isolation.memory import Exchange
from nodes.compat.isolation.values import EngineCodec, Packer
from nodes.compat.pack_entries import Entry

ROOT = Path(__file__).parents[3]  # where the packages are, for a process with no path of ours
GRACE = 5.0  # seconds that a node has to stop after its run was cancelled
AREAS = ("input", "output", "temp", "user")
log = logging.getLogger(__name__)
Message = wire.Message


class PackEnded(RunError):
    """The process of a pack ended while it was asked for something, or cannot be started."""

    frames: ClassVar[list[str]] = []  # where this side waited is of no use to anybody


class Question:
    """Something that a process was asked, with the run that it is for."""

    def __init__(self, run: Run | None = None, need: Callable[[str], None] | None = None):
        self.future: Future[Message] = Future()
        self.run, self.need = run, need


class PackProcess:
    """One process, from its start to its end. `problem`: why the pack in it cannot be loaded."""

    def __init__(self, entry: Entry, isolation: Isolation, folders: Folders, told: Callable[[Message], None]):
        self.entry, self.problem = entry, ""
        self.exchange = Exchange()
        self.packer = Packer(self.exchange, EngineCodec(self, entry.name, self._forget))
        self.job = ""  # the one that the process knows
        self._told = told
        self._numbers = itertools.count()
        self._questions: dict[int, Question] = {}
        self._forgotten: deque[int] = deque()
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._popen = subprocess.Popen(
            [python_of(entry.path, isolation), "-P", "-m", "nodes.compat.isolation.child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert self._popen.stdin is not None
        self.writer = wire.Writer(cast(BinaryIO, self._popen.stdin))
        self._end = weakref.finalize(self, _end, self._popen, self.exchange)
        about = {"pack": str(entry.path), "folders": document_of(folders), "exchange": self.exchange.folders}
        self.writer.send(about)
        threading.Thread(target=_listen, args=(weakref.ref(self), self._popen), daemon=True).start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._popen.pid

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._popen.poll() is None

    def ready(self) -> None:
        """Wait until the pack is loaded, or cannot be."""
        self._ready.wait()

    def ask(self, message: Message, question: Question | None = None) -> Question:
        """Send a question; its future has the answer, or raises what the pack raised, or `PackEnded`."""
        question = question or Question()
        number = next(self._numbers)
        with self._lock:
            self._questions[number] = question
        numbers = [self._forgotten.popleft() for _ in range(len(self._forgotten))]
        if numbers:
            self.writer.send({"t": "forget", "numbers": numbers})
        self.writer.send({**message, "id": number})
        if not self.is_alive:
            self._bury()
        return question

    def number_of(self, question: Question) -> int | None:
        """The number of a question that is not answered yet."""
        with self._lock:
            return next((number for number, known in self._questions.items() if known is question), None)

    def cancel(self, question: Question) -> None:
        """Have a call stop; end the process if it does not in time."""
        number = self.number_of(question)
        if number is None:
            return
        self.writer.send({"t": "cancel", "id": number})
        timer = threading.Timer(GRACE, self._enforce, (question,))
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        """End it."""
        self._end()

    def _enforce(self, question: Question) -> None:
        if self.number_of(question) is not None:
            log.warning("The pack '%s' did not stop within %g s; its process is ended.", self.entry.name, GRACE)
            self._popen.kill()

    def _forget(self, number: int) -> None:
        self._forgotten.append(number)  # told with the next question: this may come from anywhere

    # -- what it says --------------------------------------------------------------------------------------------------

    def heard(self, message: Message | None) -> None:
        """Take in a message; None is the process's end."""
        if message is None:
            self._ready.set()
            self._popen.wait()
            self._bury()
        elif message["t"] == "ready":
            self.problem = message["problem"]
            self._ready.set()
        elif message["t"] == "message":
            self._told(self.packer.unpack(message["data"]))
        elif message["t"] == "answer":
            with self._lock:
                question = self._questions.pop(message["id"], None)
            if question is not None:
                self._answered(question, message)
        else:
            self._meanwhile(message)

    def _answered(self, question: Question, message: Message) -> None:
        try:
            answer: Message = self.packer.unpack(message["answer"])
        except Exception as error:  # noqa: BLE001 - whoever asked is told
            question.future.set_exception(error)
            return
        if "cancelled" in answer:
            question.future.set_exception(Cancelled())
        elif "error" in answer:
            question.future.set_exception(raised_again(answer))
        else:
            question.future.set_result(answer)

    def _meanwhile(self, message: Message) -> None:
        """What a call says of its progress, or needs to go on."""
        with self._lock:
            question = self._questions.get(message["id"])
        data: Any = self.packer.unpack(message["data"]) if "data" in message else ()
        if question is None or question.run is None:
            return
        if message["t"] == "need" and question.need is not None:
            question.need(message["name"])
        elif message.get("kind") == "progress":
            node, value, total = data
            question.run.job.on_progress(node, value, total)
        elif message.get("kind") == "preview":
            node, image, rough = data
            question.run.job.on_preview(node, image, rough)

    def _bury(self) -> None:
        with self._lock:
            questions, self._questions = list(self._questions.values()), {}
        for question in questions:
            if not question.future.done():
                question.future.set_exception(PackEnded(f"{self.last_words()} The next run starts a new one."))

    def last_words(self) -> str:
        """A sentence on how the process ended."""
        code = self._popen.returncode
        how = f"ended with status {code}"
        if code is not None and code < 0:
            known = {int(member): member.name for member in signal.Signals}
            how = f"was killed by {known.get(-code, -code)}"
        hint = ", perhaps because memory ran out" if code == -getattr(signal, "SIGKILL", 0) else ""
        return f"The process of the pack '{self.entry.name}' {how}{hint}."


def _listen(known: weakref.ref[PackProcess], popen: subprocess.Popen[bytes]) -> None:
    """Pass on what a process says, without keeping it from being let go."""
    assert popen.stdout is not None
    while True:
        message = wire.read(cast(BinaryIO, popen.stdout))
        process = known()
        if process is None:
            return
        try:
            process.heard(message)
        except Exception:
            log.exception("What the pack '%s' said cannot be understood.", process.entry.name)
        if message is None:
            return
        del process


def _end(popen: subprocess.Popen[bytes], exchange: Exchange) -> None:
    with suppress(OSError):
        popen.kill()
    popen.wait()
    for pipe in (popen.stdin, popen.stdout):
        with suppress(OSError):
            if pipe is not None:
                pipe.close()
    exchange.close()


def raised_again(answer: Mapping[str, Any]) -> Exception:
    """An exception that reads as the one that the pack raised."""
    module, _, name = answer["error"].rpartition(".")
    kind = type(name, (PackError,), {"__module__": module or "builtins", "__qualname__": name})
    error: Exception = kind(answer["text"], answer["frames"])
    return error


class PackError(Exception):
    """What a pack raised in its own process. `frames`: where."""

    def __init__(self, text: str, frames: list[str]):
        super().__init__(text)
        self.frames = frames


def document_of(folders: Folders) -> Message:
    """Folders as JSON has them."""
    kinds = {kind: [list(map(str, roots)), sorted(extensions)] for kind, (roots, extensions) in folders.kinds.items()}
    return {"base": str(folders.base), **areas_of(folders), "kinds": kinds}


def areas_of(folders: Folders) -> dict[str, str]:
    """The folders that a user's run reads from and writes to."""
    return {area: str(getattr(folders, area)) for area in AREAS}


class Host:
    """A pack that runs in a process of its own. `told` is given what it sends to clients.

    `mark` tells this code of the pack from any other. `generation` counts processes: what one has kept, another does
    not have, so results are told apart by it.
    """

    def __init__(self, entry: Entry, isolation: Isolation, folders: Folders, told: Callable[..., None], mark: str = ""):
        self.mark = mark
        self.entry, self.isolation, self.folders, self.told = entry, isolation, folders, told
        self.generation = 0
        self._process: PackProcess | None = None
        self._starting = threading.Lock()

    def process(self) -> PackProcess:
        """The process, started if there is none. PackEnded if the pack cannot be loaded."""
        with self._starting:
            if self._process is None or not self._process.is_alive:
                self.generation += self._process is not None
                self._process = PackProcess(
                    self.entry, self.isolation, self.folders, lambda message: self.told(*message)
                )
            process = self._process
        process.ready()
        if process.problem:
            raise PackEnded(process.problem)
        return process

    def ask(self, kind: str, **fields: Any) -> Message:
        """The answer to a question that is not part of a run."""
        return self.process().ask({"t": kind, **fields}).future.result()

    def begin(self, process: PackProcess, job: Job) -> None:
        """Have the process know the run that goes on, once."""
        mark = f"{job.id}:{id(job)}"
        if process.job != mark:
            process.job = mark
            document = {"id": job.id, "prompt": dict(job.prompt), "extra": job.extra, "secrets": dict(job.secrets)}
            process.writer.send({"t": "job", "metadata": job.metadata, **document})

    def close(self) -> None:
        """End the process."""
        with self._starting:
            if self._process is not None:
                self._process.close()
