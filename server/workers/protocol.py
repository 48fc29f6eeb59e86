"""What every kind of worker does. A local one is a child process; others may live on other machines."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from server.documents import FileDocument
from server.workers.messages import Message


@dataclass(frozen=True, slots=True)
class CatalogueText:
    """The node catalogue as JSON text (the body of `/object_info`), and the fingerprint of the packs it was made by."""

    fingerprint: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """What validation found. `prompt` is what is to be queued: the given one, or what another form became.

    `outputs`: ids of the sound outputs; nothing can run if it is empty, and then `error` says why, in the field's form.
    `node_errors` may hold findings about the other outputs beside sound ones. `extra`: what pictures should carry
    beside the prompt, if the workflow came in the editor form. `needs`: model files that it names -> their bytes.
    """

    prompt: Mapping[str, Any]
    outputs: Sequence[str]
    error: Mapping[str, Any] | None
    node_errors: Mapping[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)
    needs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HostAddress:
    """Where the handlers of packs are reached: a port of this machine, and the header and secret to show there."""

    port: int
    header: str
    secret: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """A job as a worker gets it. Texts are JSON. `secrets` were never stored; they die with this process.

    `owner`: whose areas it reads and writes, '' for those of the installation.
    """

    job: str
    attempt: int
    prompt: str
    extra: str
    targets: str
    secrets: Mapping[str, str] = field(default_factory=dict)
    client_id: str | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """Something to tell clients while a job runs: a message of the field's dialect (`executing`, `progress`, ...).

    `image` is there for type `preview` alone: the encoded picture, whose `image_type` is in `data`.
    """

    type: str
    data: Mapping[str, Any]
    image: bytes | None = None


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The job ended well; its files are on disk, synced. `outputs`, `meta`: node -> ..., as history shows them."""

    outputs: Mapping[str, Any]
    meta: Mapping[str, Any]
    files: Sequence[FileDocument]


@dataclass(frozen=True, slots=True)
class Failed:
    """A node raised. `error` is the data of `execution_error`; `outputs`, `meta` what was shown before.

    `out_of_memory`: memory ran out, so the worker wants to be replaced.
    """

    error: Mapping[str, Any]
    outputs: Mapping[str, Any]
    meta: Mapping[str, Any]
    out_of_memory: bool = False


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The job stopped because it was asked to. `where` is the data of `execution_interrupted`."""

    where: Mapping[str, Any]
    outputs: Mapping[str, Any]
    meta: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker died, hung or was killed while it ran the job. `reason` is a sentence.

    `blameless`: the worker was gone before it had the job, so that is no mark against the job.
    """

    reason: str
    blameless: bool = False


Ending = Succeeded | Failed | Interrupted | Lost
WorkerEvent = Said | Ending


class WorkerUnavailable(Exception):
    """No worker can answer now; it is starting, or was lost while it was asked. `str()` is a sentence for the user."""


class Worker(Protocol):
    """Runs one job at a time, and answers questions meanwhile. `listener` is told what its packs send to clients.

    `lives`: how often it has become ready; each time it may be on another machine.
    """

    id: str
    device: str
    lives: int
    listener: Callable[[Message], None] | None

    async def start(self) -> None:
        """Begin to live. Returns at once; what needs the worker waits until it is ready."""

    async def catalogue(self, owner: str = "") -> CatalogueText:
        """The nodes there are, lists of a user's files included: as they are now, or as they were kept while the worker
        starts.

        Raises WorkerUnavailable.
        """

    async def validate(
        self,
        prompt: Mapping[str, Any],
        targets: Sequence[str] | None = None,
        inputs: Mapping[str, Any] | None = None,
        owner: str = "",
    ) -> Report:
        """Check a workflow of any form, with `inputs` ('NODE.INPUT' -> value) put in. Raises WorkerUnavailable."""

    async def about(self) -> Mapping[str, Any]:
        """`devices` (as `/system_stats` lists them), `model_memory` (bytes that models may take, None if that is not
        known), `pytorch_version`, `python_version`. Raises WorkerUnavailable.
        """

    async def pack_host(self) -> HostAddress:
        """Where requests to packs are passed on to; loads the packs if need be. Raises WorkerUnavailable."""

    async def rewritten(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body of a submission as packs change it; loads the packs if need be. Raises WorkerUnavailable."""

    def run(self, job: Assignment) -> AsyncGenerator[WorkerEvent, None]:
        """Run a job: what it says, then exactly one `Ending`, which is the last item. Raises nothing."""

    async def cancel(self, job: str, attempt: int) -> None:
        """Ask a running job to stop at its next step; kill the worker if it has not after a grace. No other job is
        touched, whenever this comes.
        """

    async def free(self, *, unload_models: bool = False, free_memory: bool = False) -> None:
        """Give memory back, after the current job if there is one."""

    @property
    def is_ready(self) -> bool:
        """Whether a job could begin now."""

    async def ready(self) -> None:
        """Wait until the worker can take a job."""

    async def stop(self, grace: float) -> None:
        """End, until `start`. A job that still runs after `grace` seconds is lost."""
