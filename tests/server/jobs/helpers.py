"""A queue with a real worker process, and prompts for it."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from server.events import Event
from server.jobs.policy import Policy
from server.jobs.queue import JobQueue
from server.jobs.records import Accepted, JobRecord
from server.jobs.store import JobStore
from server.workers.local import LocalWorker
from server.workers.process import Spawn, WorkerProcess
from server.workers.settings import Limits, WorkerSettings
from tests.server.jobs import pack

PACK = "tests.server.jobs.pack:pack"
BEAT = 0.1


def prompt(kind: str, **inputs: Any) -> dict[str, Any]:
    """A workflow of one node, defaults filled in as an editor would."""
    parameters = inspect.signature(getattr(pack, kind)).parameters.values()
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    return {"1": {"class_type": f"t/{kind}", "inputs": {**defaults, **inputs}}}


def worker(base: Path, limits: Limits | None = None, files: str = "", **options: Any) -> LocalWorker:
    access = {
        name: value for name, value in os.environ.items() if name.startswith("AWS_")
    }  # where Ray is, there is none
    settings = WorkerSettings(base=str(base), packs=[PACK], installed=False, beat=BEAT, files=files, environment=access)
    return LocalWorker(settings, limits, **options)


@asynccontextmanager
async def running_queue(
    base: Path,
    limits: Limits | None = None,
    policy: Policy | None = None,
    workers: int = 1,
    url: str = "",
    spawn: Spawn = WorkerProcess.spawn,
    files: str = "",
) -> AsyncIterator[JobQueue]:
    """A queue with its own store and workers."""
    store = JobStore(url or f"sqlite:///{base}/jobs.db")
    made = [worker(base, limits, files, id=f"w{index}", spawn=spawn) for index in range(workers)]
    queue = JobQueue(store, made, policy)
    await queue.start()
    try:
        yield queue
    finally:
        await queue.stop(grace=0)


async def submit(queue: JobQueue, kind: str, *, options: dict[str, Any] | None = None, **inputs: Any) -> str:
    """Queue a workflow of one node; its id."""
    answer = await queue.submit(prompt(kind, **inputs), **(options or {}))
    assert isinstance(answer, Accepted), answer
    return answer.id


async def until(condition: Callable[[], Any], seconds: float = 30.0) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "It did not happen in time."
        await asyncio.sleep(0.005)


async def ended(queue: JobQueue, *ids: str, seconds: float = 30.0) -> list[JobRecord]:
    """Wait for jobs to end; as they are then."""
    end = time.monotonic() + seconds
    found = []
    for id in ids:
        while (job := await queue.job(id)) is None or job.ended_at is None:
            assert time.monotonic() < end, f"Job {id} did not end in time: {job}"
            await asyncio.sleep(0.01)
        found.append(job)
    return found


async def history(queue: JobQueue) -> dict[str, Any]:
    """The whole history, oldest first."""
    found: dict[str, Any] = json.loads(await queue.history_json())
    return found


class Heard:
    """What a listener was told."""

    def __init__(self, queue: JobQueue):
        self.events: list[Event] = []
        self.end = queue.subscribe(self.events.append)

    def of(self, id: str) -> list[Event]:
        return [event for event in self.events if event.job == id]

    def types(self, id: str) -> list[str]:
        return [event.type for event in self.of(id)]

    async def last(self, id: str) -> list[Event]:
        """Everything about a job, once it is over."""
        await until(lambda: any(e.type == "executing" and e.data["node"] is None for e in self.of(id)))
        return self.of(id)


def files_of(job: JobRecord) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(job.files)
    return found
