"""What makes a request a job: its number, its checks, what of it is stored. Refusals are data, in the field's form."""

from __future__ import annotations

import hashlib
import math
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.jobs.records import NewJob, Refused, can_be_kept
from server.jobs.secrets import split
from server.workers.frames import dump
from server.workers.protocol import Report

LONGEST_ID, LONGEST_NAME = 200, 1000  # characters


@dataclass(frozen=True, slots=True)
class Request:
    """A job as it was asked for; see `JobQueue.submit`."""

    prompt: Mapping[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)
    client_id: str | None = None
    number: float | None = None
    front: bool = False
    targets: Sequence[str] | None = None
    inputs: Mapping[str, Any] | None = None
    id: str | None = None
    idempotency_key: str | None = None
    owner: str = ""

    @property
    def digest(self) -> str:
        """What an idempotency key stands for."""
        asked = dump([self.prompt, dict(self.extra), self.number, self.targets, self.inputs, self.id])
        return hashlib.sha256(asked.encode()).hexdigest()


class Counter:
    """Hands out numbers: every request that brings none of its own takes one, also if it is refused then."""

    def __init__(self, first: int = 0):
        self.next = first

    def number(self, request: Request) -> float:
        """The place of a request: lower runs first; `front` is before all that came without a number."""
        if request.number is not None:
            return float(request.number)
        number, self.next = self.next, self.next + 1
        return -number if request.front else number


def refusal(status: int, type: str, message: str, retry_after: int | None = None) -> Refused:
    """A refusal that no node is to blame for."""
    error = {"type": type, "message": message, "details": message, "extra_info": {}}
    return Refused(status, error, {}, retry_after)


def check(request: Request) -> Refused | None:
    """Why a request cannot be stored, whatever its workflow is."""
    if request.id is not None and not is_id(request.id):
        message = f"A prompt_id must be printable, and {LONGEST_ID} characters at most; leave it out to be given one."
        return refusal(400, "invalid_prompt_id", message)
    if request.number is not None and not math.isfinite(request.number):
        return refusal(400, "invalid_number", "A number must be finite; it is the place of the job in the queue.")
    for name in ("client_id", "idempotency_key", "owner"):
        text = getattr(request, name) or ""
        if len(text) > LONGEST_NAME or not can_be_kept(text):
            message = f"The {name} must be text of {LONGEST_NAME} characters at most, and none of code zero."
            return refusal(400, "invalid_request", message)
    return None


def admit(request: Request, number: float, report: Report) -> tuple[NewJob, dict[str, str]]:
    """A sound request as (the job to store, the secrets to remember)."""
    extra, secrets = split(request.extra)
    if request.client_id is not None:
        extra["client_id"] = request.client_id
    extra.setdefault("create_time", time.time_ns() // 1_000_000)
    if report.extra:
        extra["extra_pnginfo"] = {**report.extra, **(extra.get("extra_pnginfo") or {})}
    job = NewJob(
        id=request.id or str(uuid.uuid4()),
        number=number,
        prompt=dump(report.prompt),
        extra=dump(extra),
        targets=dump(list(report.outputs)),
        node_errors=dump(report.node_errors),
        client_id=request.client_id,
        owner=request.owner,
        explicit=request.number is not None,
        idempotency_key=request.idempotency_key,
        digest=request.digest if request.idempotency_key is not None else "",
        needs=dump(report.needs),
        workflow_id=workflow_id_of(extra),
    )
    return job, secrets


def workflow_id_of(extra: Mapping[str, Any]) -> str | None:
    """The id of the editor's file that came along in extra_data; None where there is none, or none to be kept."""
    found: Any = extra
    for name in ("extra_pnginfo", "workflow", "id"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) and is_id(found) else None


def is_id(text: str) -> bool:
    """Whether a text can name a job, or a workflow."""
    return 0 < len(text) <= LONGEST_ID and text.isprintable()
