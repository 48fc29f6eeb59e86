"""A pool that grows while jobs wait and shrinks when they do not, with real workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.jobs import elastic
from server.jobs.queue import JobQueue
from server.jobs.states import State
from server.jobs.store import JobStore
from tests.server.jobs.helpers import ended, submit, until, worker


async def test_workers_come_with_jobs_and_go_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elastic, "LOOK", 0.05)
    monkeypatch.setattr(elastic.Elastic.__init__, "__defaults__", (0.3,))
    store = JobStore(f"sqlite:///{tmp_path}/jobs.db")
    queue = JobQueue(store, [worker(tmp_path, id=f"w{index}") for index in range(3)], least=1)
    await queue.start()
    try:
        await until(lambda: queue.workers_ready == 1)
        assert len(queue.workers) == 1
        ids = [await submit(queue, "sleep", seconds=2.0) for _ in range(3)]
        await until(lambda: len(queue.running) == 3)
        assert len({running.worker.id for running in queue.running.values()}) == 3
        jobs = await ended(queue, *ids)
        assert {job.state for job in jobs} == {State.SUCCEEDED}
        assert {job.crashes for job in jobs} == {0}
        await until(lambda: len(queue.workers) == queue.workers_ready == 1)
        again = [await submit(queue, "sleep", seconds=1.0) for _ in range(3)]  # those that ended begin once more
        await until(lambda: queue.workers_ready == 3)
        assert {job.state for job in await ended(queue, *again)} == {State.SUCCEEDED}
        assert len((await queue.about())["devices"]) == len(queue.workers)
    finally:
        await queue.stop(grace=0)


async def test_a_held_queue_wakes_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elastic, "LOOK", 0.05)
    store = JobStore(f"sqlite:///{tmp_path}/jobs.db")
    queue = JobQueue(store, [worker(tmp_path, id=f"w{index}") for index in range(3)], least=1)
    await queue.start()
    try:
        await queue.pause()
        ids = [await submit(queue, "show", text=f"{index}") for index in range(3)]
        await until(lambda: queue.workers_ready == 1)
        assert len(queue.workers) == 1
        await queue.resume()
        await ended(queue, *ids)
    finally:
        await queue.stop(grace=0)
