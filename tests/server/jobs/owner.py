"""A process that owns a store, for tests that kill it: `python -m tests.server.jobs.owner URL BASE [LEASE]`.

Reads requests, one JSON object a line ({"id", "kind", ...inputs} or {"cancel": id}); says what happens, likewise. When
its input ends it finishes what is pending and goes.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from server.events import Event
from server.jobs.queue import JobQueue
from server.jobs.records import Accepted
from server.jobs.store import JobStore
from server.workers.settings import Limits
from tests.server.jobs.helpers import prompt, worker


def say(**what: Any) -> None:
    """One line, at once: what was not said before a kill was not promised."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def listen(event: Event) -> None:
    if event.type in ("job_running", "job_requeued", "job_ended"):
        say(event=event.type, job=event.job, number=event.number, **event.data)


async def serve(queue: JobQueue) -> None:
    loop = asyncio.get_running_loop()
    tasks = set()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task = asyncio.create_task(handle(queue, json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)


async def handle(queue: JobQueue, request: dict[str, Any]) -> None:
    if "cancel" in request:
        say(cancelled=request["cancel"], done=await queue.cancel(request["cancel"]))
        return
    id, kind = request.pop("id"), request.pop("kind")
    answer = await queue.submit(prompt(kind, **request), id=id)
    if isinstance(answer, Accepted):
        say(accepted=id)
    else:
        say(refused=id, why=dict(answer.error))


async def main(url: str, base: str, lease: str = "30") -> None:
    only = worker(Path(base), Limits(grace=2), id=f"worker-of-{os.getpid()}")
    queue = JobQueue(JobStore(url, lease=float(lease)), [only])
    queue.subscribe(listen)
    await queue.start()
    say(started=True, pending=queue.remaining())
    await only.ready()
    say(ready=only.pid)
    await serve(queue)
    await queue.stop(drain=True)
    say(stopped=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
