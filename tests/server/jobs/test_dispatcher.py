"""Leases of dead servers, of servers that were stopped for too long, and stores that cannot be written."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection

from server.jobs.queue import JobQueue
from server.jobs.records import Accepted, NewJob, Refused
from server.jobs.running import Running
from server.jobs.states import State
from server.jobs.store import JobStore
from tests.server.jobs.helpers import Heard, ended, prompt, running_queue, submit, until, worker

MANY = 10_000


async def recovery(folder: Path, count: int) -> float:
    """Seconds until a server whose predecessor died runs the first of so many jobs again."""
    folder.mkdir()
    url = f"sqlite:///{folder}/jobs.db"
    store = JobStore(url)
    document = json.dumps(prompt("show", text="x" * 1000))
    jobs = [NewJob(f"{index:05}", index, document, targets='["1"]') for index in range(count)]
    await asyncio.gather(*(store.enqueue(job) for job in jobs))
    assert await store.claim("a worker that died") is not None
    store.close()

    started = time.monotonic()
    queue = JobQueue(JobStore(url), [worker(folder)])
    heard = Heard(queue)
    await queue.start()
    assert queue.remaining() == count
    await until(lambda: any(event.type == "job_running" for event in heard.events))
    took = time.monotonic() - started
    await queue.stop(grace=5)
    assert heard.events[0].job == "00000"
    return took


async def test_a_server_is_back_as_soon_with_ten_thousand_jobs_as_with_one(tmp_path: Path) -> None:
    one, many = await recovery(tmp_path / "one", 1), await recovery(tmp_path / "many", MANY)
    assert many < 3 * one, f"{many:.2f} s, with one job {one:.2f} s"  # most of it is the start of the worker


async def test_a_store_without_room_refuses_jobs_and_keeps_results_until_there_is_some(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        heard = Heard(queue)
        running = await submit(queue, "sleep", seconds=0.5)
        await until(lambda: "executing" in heard.types(running))
        pages = await queue.store._write("test", lambda connection: _pages(connection, None))
        refused = await queue.submit(prompt("show", text="x" * 100_000))
        assert isinstance(refused, Refused)
        assert (refused.status, refused.error["type"]) == (503, "store_failed")
        await asyncio.sleep(1.0)  # the job has ended, and its result may have found no room
        await queue.store._write("test", lambda connection: _pages(connection, pages * 1000))
        (job,) = await ended(queue, running)
        assert job.state is State.SUCCEEDED
        assert isinstance(await queue.submit(prompt("show", text="x" * 100_000)), Accepted)
        await until(lambda: queue.remaining() == 0)
        problems = await queue.store._read(
            lambda connection: connection.exec_driver_sql("PRAGMA integrity_check").all()
        )
        assert [tuple(row) for row in problems] == [("ok",)]


def _pages(connection: Connection, limit: int | None) -> int:
    """Limit the size of the database: to what it is, or to so many pages."""
    count = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    connection.exec_driver_sql(f"PRAGMA max_page_count={limit or count}")
    return count


async def test_an_error_of_ours_costs_one_job_and_not_the_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Running, secrets: object) -> None:
        if self.record.id == "bad":
            raise RuntimeError("a bug")
        return good(self, secrets)  # type: ignore[arg-type, return-value]

    good = Running.assignment
    monkeypatch.setattr(Running, "assignment", broken)
    async with running_queue(tmp_path) as queue:
        await queue.submit(prompt("show"), id="bad")
        await queue.submit(prompt("show"), id="good")
        bad, fine = await ended(queue, "bad", "good")
        assert (bad.state, fine.state) == (State.QUARANTINED, State.SUCCEEDED)
        assert queue.remaining() == 0


async def test_a_worker_goes_on_while_the_disk_is_slow_and_ends_are_told_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, failures = threading.Event(), [0]
    disk.set()

    def sync() -> None:
        assert disk.wait(20)
        if failures[0]:
            failures[0] -= 1
            raise OSError(5, "Input/output error")

    monkeypatch.setattr("server.jobs.store.syncing", lambda url: sync)
    async with running_queue(tmp_path) as queue:
        heard = Heard(queue)
        saves = [{"name": f"{index}.txt", "seconds": 0.5 * (not index)} for index in range(5)]
        ids = [await submit(queue, "save", **save) for save in saves]
        disk.clear()
        await until((tmp_path / "output" / "4.txt").is_file)  # all five have run
        assert not [event for event in heard.events if event.type == "job_ended"]
        failures[0] = 4  # more than are tried in one go
        disk.set()
        assert [job.state for job in await ended(queue, *ids)] == [State.SUCCEEDED] * 5
        await heard.last(ids[-1])
        told = [event.job for event in heard.events if event.job is not None and event.type != "job_queued"]
        assert [job for job, _ in itertools.groupby(told)] == ids
        assert queue.remaining() == 0
