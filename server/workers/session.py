"""One worker's engine: what stays warm between jobs, how a job is run and a workflow checked."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import json
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphcore import reports
from graphcore.boundary import author_frames
from graphcore.catalogue import catalogue_of
from graphcore.engine import Engine, Result
from graphcore.errors import Cancelled, GraphcoreError, NodeFailed, OutOfMemory, type_name
from graphcore.events import Event
from graphcore.job import CancelToken, Job
from graphcore.validate import Checked
from server.jobs.crashpoints import CrashPoint, reach
from server.jobs.records import OutputFile
from server.workers.files import FileLost, seal
from server.workers.frames import dump
from server.workers.narrator import Narrator, now
from server.workers.packs import registry_of, runtimes
from server.workers.pictures import encode
from server.workers.protocol import Ending, Failed, Interrupted, Said, Succeeded
from server.workers.settings import WorkerSettings


@dataclass(slots=True)
class Task:
    """A job as it is run. `pictures`: what saved pictures carry beside the prompt."""

    id: str
    attempt: int
    prompt: Mapping[str, Any]
    targets: Sequence[str]
    pictures: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)
    token: CancelToken = field(default_factory=CancelToken)


class JobEngine(Engine):
    """An engine whose runs know which job they are, and its secrets."""

    task: Task | None = None

    def _job(
        self,
        prompt: dict[str, dict[str, Any]],
        extra: Mapping[str, Any] | None,
        token: CancelToken | None,
        emit: Callable[[Event], None],
    ) -> Job:
        job = super()._job(prompt, extra, token, emit)
        if self.task is not None:
            job.id, job.secrets = self.task.id, self.task.secrets
        return job


class Session:
    """Runs jobs one after the other in the main thread; answers questions in another meanwhile."""

    def __init__(self, settings: WorkerSettings):
        self.settings, self.folders = settings, settings.folders()
        self.registry = registry_of(settings.packs, settings.installed)
        self.engine = JobEngine(self.registry, self.folders, metadata=settings.metadata, relieve=self._unload)
        self._loop = asyncio.Runner()

    # -- jobs --------------------------------------------------------------------------------------------------------

    def run(self, task: Task, say: Callable[[Said], None]) -> Ending:
        """Run a job to its end, whatever that is. Raises nothing but what ends the process."""
        narrator = Narrator(task.id, lambda image: encode(image, self.settings.preview_size))

        def tell(event: Event) -> None:
            for said in narrator.tell(event):
                say(said)

        try:
            result, files = self._run(task, tell, narrator)
        except Cancelled as stop:
            return Interrupted(reports.interrupted_data(stop, task.id, now()), *narrator.shown({}))
        except NodeFailed as failure:
            error = reports.error_data(failure, task.id, now())
            return Failed(error, *narrator.shown({}), out_of_memory=isinstance(failure, OutOfMemory))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, it is how this job ended
            return Failed(self._error(task, error), *narrator.shown({}))
        return Succeeded(*narrator.shown(result.ui), files)

    def _run(self, task: Task, tell: Callable[[Event], None], narrator: Narrator) -> tuple[Result, list[OutputFile]]:
        checked = self.engine.check(task.prompt, task.targets)
        if not checked.outputs:
            report = reports.validation_report(checked)
            raise GraphcoreError(f"The workflow cannot run any more: {report.error or report.node_errors}")
        result = self._once(task, checked, tell)
        reach(CrashPoint.WORKER_RAN)
        try:
            files = seal(narrator.shown(result.ui)[0], self.folders)
        except FileLost:
            if not result.cached:
                raise
            # somebody removed a file whose result is still cached: make it again
            self.engine.clear()
            result = self._once(task, checked, tell)
            files = seal(narrator.shown(result.ui)[0], self.folders)
        reach(CrashPoint.WORKER_SYNCED)
        return result, files

    def _once(self, task: Task, checked: Checked, tell: Callable[[Event], None]) -> Result:
        self.engine.task = task
        run = self.engine.run_checked(checked, extra=task.pictures, on_event=tell, token=task.token)
        return self._loop.run(run)

    def _error(self, task: Task, error: BaseException) -> dict[str, Any]:
        """The data of an `execution_error` for what no node raised."""
        node = error.node if isinstance(error, FileLost) else ""
        known = task.prompt.get(node)
        return {
            "prompt_id": task.id,
            "node_id": node,
            "node_type": known.get("class_type", "") if isinstance(known, Mapping) else "",
            "executed": [],
            "exception_message": f"{str(error) or type(error).__name__}\n",
            "exception_type": type_name(error),
            "traceback": author_frames(error),
            "current_inputs": {},
            "current_outputs": [],
            "timestamp": now(),
        }

    def free(self, *, unload_models: bool, free_memory: bool) -> None:
        """Give memory back: models, and with `free_memory` every cached result as well."""
        if free_memory:
            self.engine.clear()
        if unload_models or free_memory:
            self.engine.cache.relieve()
            self._unload()

    def _unload(self) -> None:
        """Have the runtimes give back what they hold; without torch none of them can hold anything."""
        if "torch" in sys.modules:
            for runtime in runtimes():
                runtime.unload()

    # -- questions ---------------------------------------------------------------------------------------------------

    def validate(
        self, workflow: Mapping[str, Any], targets: Sequence[str] | None, inputs: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """The fields of a `Report`. `prompt` is None if it is the workflow as it was given."""
        try:
            prepared = self.engine.prepare(workflow, inputs)
        except GraphcoreError as error:
            refusal = {"type": "invalid_prompt", "message": str(error), "details": str(error), "extra_info": {}}
            return {"prompt": None, "outputs": [], "error": refusal, "node_errors": {}, "extra": {}}
        prompt, extra = prepared.prompt, prepared.extra
        checked = self.engine.check(prompt, targets)
        report = reports.validation_report(checked)
        same = not inputs and not extra
        return {
            "prompt": None if same else prompt,
            "outputs": checked.outputs,
            "error": report.error,
            "node_errors": report.node_errors,
            "extra": extra,
        }

    def catalogue(self) -> bytes:
        """The body of `/object_info`. A node that JSON cannot hold is left out."""
        entries = catalogue_of(self.registry, self.folders)
        return ("{" + ",".join(f"{dump(id)}:{dump(entry)}" for id, entry in entries.items()) + "}").encode()

    def about(self) -> dict[str, Any]:
        """Devices and versions. The first call may take seconds, as runtimes are loaded."""
        devices = [device for runtime in runtimes() for device in runtime.devices()]
        torch = ""
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            torch = importlib.metadata.version("torch")
        return {"devices": devices, "pytorch_version": torch, "python_version": platform.python_version()}


def task_of(header: Mapping[str, Any], blob: bytes) -> Task:
    """A job as its frame brings it: the blob is [prompt, extra_data, targets]."""
    prompt, extra, targets = json.loads(blob)
    pictures = extra.get("extra_pnginfo")
    return Task(
        str(header["job"]),
        int(header["attempt"]),
        prompt,
        targets,
        pictures if isinstance(pictures, dict) else {},
        dict(header.get("secrets") or {}),
    )
