"""A job while a worker has it: what it was given, what it said that must be kept, how its end is told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.events import DURABLE, Event, EventLog
from server.jobs.operations import Result
from server.jobs.records import JobRecord, Lease
from server.jobs.states import State
from server.workers.frames import dump
from server.workers.protocol import Assignment, Ending, Failed, Interrupted, Said, Succeeded, Worker

STATES: dict[type[Ending], State] = {
    Succeeded: State.SUCCEEDED,
    Failed: State.FAILED,
    Interrupted: State.CANCELLED,
}


@dataclass(slots=True)
class Running:
    """One attempt at a job. `node`: the display id of the node it is at. `stopping`: it was asked to stop. `over`: its
    worker is done with it, and its end is on its way to the store.

    A worker may be at its next job before it is certain how the last one ended; what there is to tell of the next one
    waits (`hold`, `release`) until that is told, so that clients hear of one job after the other.
    """

    record: JobRecord
    lease: Lease
    worker: Worker
    log: EventLog
    node: str | None = None
    stopping: bool = False
    over: bool = False
    kept: list[list[Any]] = field(default_factory=list)
    last: tuple[str, dict[str, Any]] | None = None
    held: list[Callable[[], object]] | None = None

    def __post_init__(self) -> None:
        self.kept = json.loads(self.record.events)

    def assignment(self, secrets: Mapping[str, str]) -> Assignment:
        """The job as its worker gets it."""
        job = self.record
        return Assignment(
            job.id, self.lease.attempt, job.prompt, job.extra, job.targets, secrets, job.client_id, job.owner
        )

    def hold(self) -> None:
        """Tell nothing until `release`."""
        self.held = []

    def release(self) -> None:
        """Tell what was held back, and all that follows at once."""
        held, self.held = self.held or [], None
        for tell in held:
            tell()

    def do(self, tell: Callable[[], object]) -> None:
        """Tell something in its turn."""
        if self.held is None:
            tell()
        else:
            self.held.append(tell)

    def say(self, said: Said) -> None:
        """Tell listeners, and keep what must survive."""
        number = self.emit(said.type, said.data, said.image)
        # the error that tells of a blocker has no time, and is part of no history
        if said.type in DURABLE and "timestamp" in said.data:
            self.kept.append([said.type, said.data, number])
        if said.type == "executing":
            self.node = str(said.data.get("display_node"))

    def emit(self, type: str, data: Mapping[str, Any], image: bytes | None = None) -> int:
        """Tell listeners; gives the number of the event."""
        job, number = self.record, self.log.number()
        event = Event(number, job.id, job.owner, job.client_id, type, data, image)
        self.do(lambda: self.log.tell(event))
        return number

    def last_words(self, ending: Ending) -> tuple[str, dict[str, Any]]:
        """(type, data) of the message that ends the job, as its worker has it end; once said, it stays."""
        if self.last is None:
            self.last = self._last_words(ending)
        return self.last

    def _last_words(self, ending: Ending) -> tuple[str, dict[str, Any]]:
        match ending:
            case Succeeded() if self.stopping:
                return "execution_interrupted", self.interrupted()
            case Succeeded():
                return "execution_success", {"prompt_id": self.record.id, "timestamp": _now()}
            case Failed(error):
                return "execution_error", dict(error)
            case Interrupted(where):
                return "execution_interrupted", dict(where)
            case lost:
                return ("execution_interrupted", self.interrupted()) if self.stopping else self.lost(lost.reason)

    def interrupted(self) -> dict[str, Any]:
        """The data of `execution_interrupted` where no node can be named."""
        node = self.node or ""
        return {"prompt_id": self.record.id, "node_id": node, "node_type": "", "executed": [], "timestamp": _now()}

    def lost(self, reason: str) -> tuple[str, dict[str, Any]]:
        """(type, data) for a job that was given up, as its workers were lost over it."""
        tries = self.record.crashes + 1
        data = {
            **self.interrupted(),
            "exception_message": f"{reason} The job cost {tries} workers; retry it once that is mended.\n",
            "exception_type": "WorkerLost",
            "traceback": [],
            "current_inputs": {},
            "current_outputs": [],
        }
        return "execution_error", data

    def events_with(self, type: str, data: Mapping[str, Any]) -> str:
        """The events to store, as JSON text, with one more at their end."""
        return dump([*self.kept, [type, data, self.log.number()]])

    def result(self, ending: Succeeded | Failed | Interrupted) -> tuple[State, Result]:
        """How the job ended, as the store takes it."""
        type, data = self.last_words(ending)
        files = list(ending.files) if isinstance(ending, Succeeded) else []
        error = str(data.get("exception_message", "")).strip() or None
        result = Result(self.events_with(type, data), dump(ending.outputs), dump(ending.meta), dump(files), error)
        cancelled = self.stopping and isinstance(ending, Succeeded)
        return State.CANCELLED if cancelled else STATES[ending.__class__], result


def _now() -> int:
    return time.time_ns() // 1_000_000
