"""What the store keeps and gives: plain frozen data. Documents (prompts, outputs, ...) are JSON texts, parsed only by
those who look inside: a list of 10,000 jobs is sent as it lies in the store.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.jobs.states import State


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to accept. `prompt`, `extra`, `targets` and `node_errors` are JSON texts; `extra` holds no secrets.

    `number`: place in the queue, lower runs first. `explicit`: whether the client chose it (it is echoed as a float).
    `digest`: of what was asked, so that an idempotency key that is used for something else is noticed.
    `needs`: JSON text, the models that it uses -> bytes of their files. `workflow_id`: of the editor's file that it was
    made from.
    """

    id: str
    number: float
    prompt: str
    extra: str = "{}"
    targets: str = "[]"
    node_errors: str = "{}"
    client_id: str | None = None
    owner: str = ""
    explicit: bool = False
    idempotency_key: str | None = None
    digest: str = ""
    needs: str = "{}"
    workflow_id: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A job that is durable from now on. `node_errors`: what is wrong with outputs that are left out, in the field's
    form. `repeated`: it had been accepted before, under the same idempotency key.
    """

    id: str
    number: float | int
    node_errors: Mapping[str, Any]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing was accepted: an HTTP status (400, 409, 429, 503), and the field's error object.

    `retry_after`: seconds, where waiting helps (429, 503).
    """

    status: int
    error: Mapping[str, Any]
    node_errors: Mapping[str, Any]
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's claim on a job. `attempt` is the fencing token: results under an older one are refused."""

    job: str
    attempt: int
    worker: str
    until: float


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job as it is stored. Times are seconds since the epoch, None for what has not happened.

    `events`: JSON text, the list of [type, data, number] that survive (see `server.events`). `outputs`, `meta`: JSON
    texts, node -> what it shows and node -> where it comes from. `files`: JSON text, a list of `FileDocument`s.
    `crashes`: workers lost over it. `attempt`: how often it was begun.
    """

    id: str
    number: float
    explicit: bool
    state: State
    owner: str
    client_id: str | None
    prompt: str
    extra: str
    targets: str
    node_errors: str
    attempt: int
    crashes: int
    worker: str | None
    lease_until: float | None
    created_at: float
    started_at: float | None
    ended_at: float | None
    events: str
    outputs: str
    meta: str
    files: str
    error: str | None
    workflow_id: str | None

    @property
    def item(self) -> list[Any]:
        """The field's queue item: [number, id, prompt, extra_data, output ids]."""
        return json.loads(self.item_json)  # type: ignore[no-any-return]

    @property
    def item_json(self) -> str:
        """The same, as JSON text, with nothing parsed."""
        return f"[{self.place},{json.dumps(self.id)},{self.prompt},{self.extra},{self.targets}]"

    @property
    def place(self) -> str:
        """`number` as the client was told it: a float if the client chose it, else whole."""
        return place(self.number, self.explicit)


def place(number: float, explicit: bool) -> str:
    """A number as JSON has it: a float if the client chose it, else whole."""
    return repr(number) if explicit else str(int(number))


@dataclass(frozen=True, slots=True)
class Page:
    """A window of a list: `total` counts all that match."""

    jobs: Sequence[JobRecord]
    total: int


def can_be_kept(text: str) -> bool:
    """Whether databases take a text: none takes half a character, and PostgreSQL none of code zero."""
    return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text)
