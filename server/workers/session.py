"""One worker's engine: what stays warm between jobs, how a job is run and a workflow checked."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import importlib.metadata
import json
import logging
import os
import platform
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from graphcore import reports
from graphcore.boundary import author_frames
from graphcore.catalogue import catalogue_of
from graphcore.engine import Engine, Result
from graphcore.errors import Cancelled, GraphcoreError, ModelError, NodeFailed, OutOfMemory, type_name
from graphcore.events import Event, NodeDone, NodeShown
from graphcore.job import CancelToken
from graphcore.living import PackReport
from graphcore.prompt import Prompt
from graphcore.validate import Checked
from graphcore.workflow.lock import models_of
from server.documents import FileDocument
from server.jobs.crashpoints import CrashPoint, reach
from server.jobs.secrets import hide
from server.sharing.store import FileStore
from server.workers.areas import UserFolders
from server.workers.files import FileLost, pass_on, seal
from server.workers.frames import dump
from server.workers.messages import Message, Talkative, message_of
from server.workers.narrator import Narrator, now
from server.workers.packs import registry_of
from server.workers.pictures import encode
from server.workers.protocol import Ending, Failed, Interrupted, Said, Succeeded
from server.workers.settings import WorkerSettings
from server.workers.sharing import cache_of, mirror_of

if TYPE_CHECKING:
    from server.workers.hosting import Host


log = logging.getLogger(__name__)


@dataclass(slots=True)
class Task:
    """A job as it is run. `pictures`: what saved pictures carry beside the prompt."""

    id: str
    attempt: int
    prompt: Mapping[str, Any]
    targets: Sequence[str]
    pictures: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)
    owner: str = ""
    token: CancelToken = field(default_factory=CancelToken)


class Session:
    """Runs jobs one after the other in the main thread; answers questions in another meanwhile."""

    def __init__(self, settings: WorkerSettings):
        self.settings, self.folders = settings, settings.folders()
        self.registry = registry_of(settings.packs, settings.installed, self.folders)
        self._mirror = mirror_of(FileStore(settings.files), self.folders) if settings.files else None
        self.engine = Engine(
            self.registry,
            self.folders,
            metadata=settings.metadata,
            relieve=self.registry.relieve,
            cache=cache_of(self._mirror, self.registry),
        )
        self._loop = asyncio.new_event_loop()  # one for all jobs
        self._task: Task | None = None  # the job that runs
        self._host: Host | None = None
        self._hosting = threading.Lock()

    def close(self) -> None:
        """Let go of threads and the event loop."""
        self.engine.close()
        self._loop.close()

    def abandon(self) -> None:
        """Leave nothing behind: who would have removed the copies of files is gone."""
        if self._mirror is not None:
            self._mirror.remove()

    def connect(self, tell: Callable[[Message], None]) -> None:
        """Let packs send messages to clients, without the secrets of the job that runs."""

        def send(event: Any, data: Any, client: str | None = None) -> None:
            message, task = message_of(event, data, client, self.settings.preview_size), self._task
            if task is not None:
                data, blob = hide(message.data, task.secrets), hide(message.blob, task.secrets)
                message = replace(message, data=data, blob=blob, owner=task.owner)
            tell(message)

        for source in [*self.registry.packs.values(), *self.registry.sources]:
            if isinstance(source, Talkative):
                source.connect(send)

    # -- jobs --------------------------------------------------------------------------------------------------------

    def run(self, task: Task, say: Callable[[Said], None]) -> Ending:
        """Run a job to its end, whatever that is, among its owner's files, and tell of it without its secrets."""
        self._task = task
        try:
            if isinstance(self.folders, UserFolders):
                with self.folders.run_for(task.owner):
                    return self._discreetly(task, say)
            return self._discreetly(task, say)
        finally:
            self._task = None

    def _discreetly(self, task: Task, say: Callable[[Said], None]) -> Ending:
        if not task.secrets:
            return self._tried(task, say)

        def discreet(said: Said) -> None:
            say(replace(said, data=hide(said.data, task.secrets)))

        ending = self._tried(task, discreet)
        told = ("error", "where", "outputs", "meta")
        return replace(
            ending, **{key: hide(getattr(ending, key), task.secrets) for key in told if hasattr(ending, key)}
        )

    def _tried(self, task: Task, say: Callable[[Said], None]) -> Ending:
        """Raises nothing but what ends the process."""
        narrator = Narrator(task.id, lambda image: encode(image, self.settings.preview_size))

        def tell(event: Event) -> None:
            if self._mirror is not None and isinstance(event, NodeShown | NodeDone) and event.ui:
                pass_on({event.node: event.ui}, self.folders, self._mirror)
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

    def _run(self, task: Task, tell: Callable[[Event], None], narrator: Narrator) -> tuple[Result, list[FileDocument]]:
        if self._mirror is not None:
            self._mirror.trim()  # between jobs nobody needs a copy
        self._bring(task.prompt)
        checked = self.engine.check(task.prompt, task.targets)
        if not checked.outputs:
            report = reports.validation_report(checked)
            raise GraphcoreError(f"The workflow cannot run any more: {report.error or report.node_errors}")
        result = self._once(task, checked, tell)
        reach(CrashPoint.WORKER_RAN)
        try:
            files = seal(narrator.shown(result.ui)[0], self.folders, self._mirror)
        except FileLost:
            if not result.cached:
                raise
            # somebody removed a file whose result is still cached: make it again
            self.engine.clear()
            result = self._once(task, checked, tell)
            files = seal(narrator.shown(result.ui)[0], self.folders, self._mirror)
        reach(CrashPoint.WORKER_SYNCED)
        return result, files

    def _bring(self, prompt: Mapping[str, Any]) -> None:
        """Have the files here that a prompt names, where they are passed on through a store."""
        if self._mirror is not None:
            user = self.folders.served if isinstance(self.folders, UserFolders) else ""
            self._mirror.prepare(prompt, self.folders, user)

    def _once(self, task: Task, checked: Checked, tell: Callable[[Event], None]) -> Result:
        run = self.engine.run_checked(
            checked, extra=task.pictures, on_event=tell, token=task.token, id=task.id, secrets=task.secrets
        )
        return self._loop.run_until_complete(run)

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
            self.registry.relieve()

    # -- questions ---------------------------------------------------------------------------------------------------

    def asked_by(self, user: str) -> AbstractContextManager[None]:
        """Have this thread's questions be about a user's files."""
        return self.folders.asked_by(user) if isinstance(self.folders, UserFolders) else contextlib.nullcontext()

    def validate(
        self, workflow: Mapping[str, Any], targets: Sequence[str] | None, inputs: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """The fields of a `Report`. `prompt`, with its literals converted, is None if it is the workflow as given."""
        try:
            prepared = self.engine.prepare(workflow, inputs)
        except GraphcoreError as error:
            refusal = {"type": "invalid_prompt", "message": str(error), "details": str(error), "extra_info": {}}
            return {"prompt": None, "outputs": [], "error": refusal, "node_errors": {}, "extra": {}}
        self._bring(prepared.prompt)
        checked = self.engine.check(prepared.prompt, targets)
        report = reports.validation_report(checked)
        # nodes that the conversion had to leave out: what would run is not what was drawn
        lost = [problem for problem in prepared.problems if problem.node not in prepared.prompt]
        return {
            "prompt": None if checked.prompt == workflow else checked.prompt,
            "outputs": [] if lost else checked.outputs,
            "error": reports.error_of(lost[0]) if lost else report.error,
            "node_errors": report.node_errors,
            "extra": prepared.extra,
            "needs": {} if report.error else self._needs(checked.prompt),
        }

    def _needs(self, prompt: Prompt) -> dict[str, int]:
        """Model files that a workflow names -> their bytes, which is about the memory that they take."""
        found = {}
        for kind, name in models_of(prompt, self.registry):
            with contextlib.suppress(ModelError, OSError):  # one that is not there is found out elsewhere
                found[f"{kind}/{name}"] = self.folders.find(kind, name).stat().st_size
        return found

    def catalogue(self) -> bytes:
        """The body of `/object_info`. A node that JSON cannot hold is left out."""
        self._bring({})  # lists of files are part of it
        entries = catalogue_of(self.registry, self.folders)
        return ("{" + ",".join(f"{dump(id)}:{dump(entry)}" for id, entry in entries.items()) + "}").encode()

    def reload(self) -> list[PackReport]:
        """Load packs anew whose files have changed; how each fared. A run that goes on keeps the nodes that it has."""
        return [report for source in self.registry.sources for report in source.reload()]

    def host(self) -> dict[str, Any]:
        """Where the handlers of packs are reached; the packs are loaded, and hosted, when this is first asked."""
        from server.workers.hosting import SECRET, Host, Hosted

        with self._hosting:
            if self._host is None:
                sources = [source for source in self.registry.sources if isinstance(source, Hosted)]
                routes = [route for source in sources for route in source.routes()]
                layers = [layer for source in sources for layer in source.middlewares()]
                host = Host(routes, layers, [source.prepare for source in sources])
                host.start()
                self._host = host
            return {"port": self._host.port, "header": SECRET, "secret": self._host.secret}

    def rewritten(self, body: dict[str, Any]) -> dict[str, Any]:
        """A submission as packs change it; what they make that is no submission any more is left out."""
        from server.workers.hosting import Hosted

        for source in self.registry.sources:
            if isinstance(source, Hosted):
                changed = source.on_prompt(copy.deepcopy(body))
                if isinstance(changed, dict) and isinstance(changed.get("prompt"), dict):
                    body = changed
                else:
                    log.warning("Packs made something else of a submitted workflow, which is left out.")
        return body

    def about(self) -> dict[str, Any]:
        """Devices and versions. The first call may take seconds, as the runtime is asked for its device."""
        torch = ""
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            torch = importlib.metadata.version("torch")
        device = self.registry.environment().get("device", "cpu")
        return {
            "devices": [device_of(device)],
            "model_memory": self.registry.memory(),
            "pytorch_version": torch,
            "python_version": platform.python_version(),
        }


def device_of(name: str) -> dict[str, Any]:
    """A device as `GET /system_stats` lists it. Memory is that of the host, which is what a CPU computes in."""
    kind, _, index = name.partition(":")
    total, free = (_pages(key) for key in ("SC_PHYS_PAGES", "SC_AVPHYS_PAGES"))
    memory = {"vram_total": total, "vram_free": free, "torch_vram_total": total, "torch_vram_free": free}
    return {"name": name, "type": kind, "index": int(index) if index.isdigit() else None, **memory}


def _pages(key: str) -> int:
    return os.sysconf(key) * os.sysconf("SC_PAGE_SIZE") if key in getattr(os, "sysconf_names", {}) else 0


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
        str(header.get("owner") or ""),
    )
