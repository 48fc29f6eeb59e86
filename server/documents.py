"""What `/api/v1` takes and answers, as types: handlers are checked against them, and the API's description is made
from them. Times are seconds since the epoch, sizes bytes.
"""

from __future__ import annotations

from typing import Any, NotRequired

from typing_extensions import TypedDict  # the one of Python 3.11 does not tell pydantic enough


class Problem(TypedDict):
    """What went wrong: `message` is a sentence that says what to do next."""

    type: str
    message: str
    details: str
    extra_info: dict[str, Any]


class Refusal(TypedDict):
    """A request that was not done. `node_errors`: what is wrong with which node, by node id."""

    error: Problem
    node_errors: dict[str, Any]


class FileDocument(TypedDict):
    """A file that a job made. `kind`: the name that its node shows it under (`images`, ...). `type`: output or temp."""

    node: str
    kind: str
    filename: str
    subfolder: str
    type: str
    size: int
    sha256: str


class Preview(TypedDict):
    """What to show of a job: a file for `/view`. `media`: image, video, audio, 3d or text."""

    filename: str
    subfolder: str
    type: str
    node: str
    media: str
    url: str


class JobSummary(TypedDict):
    """A job in a list. Lower numbers run first. `crashes`: workers that were lost over it."""

    id: str
    state: str
    number: float
    client_id: str | None
    attempt: int
    crashes: int
    created_at: float
    started_at: float | None
    ended_at: float | None
    error: str | None
    node_errors: dict[str, Any]
    files: list[FileDocument]
    preview: Preview | None


class JobDetail(JobSummary):
    """A job by itself, with its workflow in the prompt form and what its nodes show."""

    prompt: dict[str, Any]
    extra: dict[str, Any]
    targets: list[str]
    outputs: dict[str, Any]
    meta: dict[str, Any]


class JobList(TypedDict):
    """A window of the jobs; `total` counts all that match."""

    jobs: list[JobSummary]
    total: int


class Submission(TypedDict):
    """A job to queue. `workflow`: prompt form or editor form. `inputs`: 'NODE.INPUT' -> value, put in first."""

    workflow: dict[str, Any]
    inputs: NotRequired[dict[str, Any] | None]
    id: NotRequired[str | None]
    client_id: NotRequired[str | None]
    number: NotRequired[float | None]
    front: NotRequired[bool | None]
    extra: NotRequired[dict[str, Any] | None]
    partial_execution_targets: NotRequired[list[str] | None]


class Place(TypedDict):
    """Where a pending job goes: a number (lower runs first), or right before or behind another pending job."""

    number: NotRequired[float | None]
    before: NotRequired[str | None]
    after: NotRequired[str | None]


class EventDocument(TypedDict):
    """Something that happened. `job`: None for what is about the whole server."""

    number: int
    job: str | None
    type: str
    data: dict[str, Any]


class EventList(TypedDict):
    """Events of a job, oldest first."""

    events: list[EventDocument]


class QueueDocument(TypedDict):
    """The queue as a whole. `paused`: no job is begun until it is resumed."""

    paused: bool
    pending: int
    running: int
    workers: int
    workers_ready: int


class OutputDocument(FileDocument):
    """A file of a finished job. `url`: where it can be fetched."""

    job: str
    created_at: float
    media: str
    url: str


class OutputList(TypedDict):
    """Files of finished jobs, the newest job first. `next`: the `before` of the next window, None at the end."""

    outputs: list[OutputDocument]
    next: float | None


class ModelKind(TypedDict):
    """A kind of model files and the folders that hold them, the first one first."""

    kind: str
    folders: list[str]


class ModelKinds(TypedDict):
    """All kinds."""

    kinds: list[ModelKind]


class ModelFile(TypedDict):
    """A model file: its name as nodes take it. `preview`: URL of its picture, None if there is none beside it."""

    name: str
    size: int
    modified: float
    preview: str | None


class ModelFiles(TypedDict):
    """The files of a kind, sorted by name."""

    models: list[ModelFile]


class ModelMetadata(TypedDict):
    """What the header of a safetensors file says of itself; empty if it says nothing."""

    metadata: dict[str, Any]


class NodeList(TypedDict):
    """The node catalogue: class name -> what `/object_info` tells of it."""

    nodes: dict[str, Any]


class WorkflowEntry(TypedDict):
    """A workflow that is there to be opened. `source`: graphcore (shipped), user, or the pack that brings it."""

    source: str
    name: str
    title: str
    url: str
    picture: str | None
    modified: float


class WorkflowList(TypedDict):
    """Shipped workflows first, then those of packs, then the user's own."""

    workflows: list[WorkflowEntry]


class WorkflowRead(TypedDict):
    """A workflow in the editor's form, and the form in which it came: editor or prompt."""

    workflow: dict[str, Any]
    form: str


class Comparison(TypedDict):
    """Two workflows, of any form."""

    before: dict[str, Any]
    after: dict[str, Any]


class Changes(TypedDict):
    """What changed from one workflow to another, in words and as data."""

    changes: list[dict[str, Any]]


class PackDocument(TypedDict):
    """A node pack. `version`: None where it names none. `scripts`: URLs of what it brings for the browser."""

    name: str
    module: str
    version: str | None
    nodes: list[str]
    scripts: list[str]
    templates: list[str]


class PackList(TypedDict):
    """The built-in nodes first, then packs by name."""

    packs: list[PackDocument]
