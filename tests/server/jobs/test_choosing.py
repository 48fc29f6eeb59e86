"""The policy at work: what is known of workers, and that no worker waits for one that does not ask."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from graphcore.model_memory import BUDGET
from server.jobs import choosing
from server.jobs.choosing import PolicyChooser
from server.jobs.queue import JobQueue
from server.jobs.records import NewJob
from server.jobs.store import JobStore
from server.scheduling.waiting import Waiting
from server.workers.local import LocalWorker
from server.workers.settings import WorkerSettings
from tests.server.jobs.helpers import PACK, Heard, ended, prompt, running_queue, submit, until

GB = 10**9


@dataclass
class Seat:
    """A worker, as far as it matters."""

    id: str
    is_ready: bool = True


def job(id: str, model: str, size: int = 4 * GB) -> Waiting:
    return Waiting(id, 0.0, "", {model: size})


def ran(chooser: PolicyChooser, worker: str, model: str) -> None:
    """Have a worker run a job, and thereby hold a model."""
    first = job("warm", model)
    assert chooser.choose(worker, [first]) is first
    chooser.begun(first, worker)
    chooser.ended(worker)


def two() -> tuple[PolicyChooser, Seat, Seat]:
    """Two idle workers, of which x holds the model a."""
    x, y = Seat("x"), Seat("y")
    chooser = PolicyChooser([x, y])
    ran(chooser, "x", "a")
    assert chooser.choose("y", []) is None
    return chooser, x, y


def test_a_job_is_left_to_the_idle_worker_that_holds_its_model() -> None:
    chooser, _, _ = two()
    wanted = job("1", "a")
    assert chooser.choose("y", [wanted]) is None
    assert chooser.recheck("y") == choosing.LEFT
    assert chooser.choose("x", [wanted]) is wanted


def test_a_job_is_not_left_to_a_worker_that_is_not_ready() -> None:
    chooser, x, _ = two()
    x.is_ready = False
    wanted = job("1", "a")
    assert chooser.choose("y", [wanted]) is wanted


def test_a_job_is_not_left_for_long_to_a_worker_that_does_not_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    chooser, _, _ = two()
    wanted, now = job("1", "a"), time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert chooser.choose("y", [wanted]) is None
    monkeypatch.setattr(time, "monotonic", lambda: now + choosing.DEAF + 0.1)
    assert chooser.choose("y", [wanted]) is wanted


def test_a_worker_whose_process_was_lost_holds_nothing() -> None:
    chooser, _, _ = two()
    chooser.lost("x")
    wanted = job("1", "a")
    assert chooser.choose("y", [wanted]) is wanted


def test_workers_that_gave_their_models_back_hold_nothing() -> None:
    chooser, _, _ = two()
    chooser.emptied()
    wanted = job("1", "a")
    assert chooser.choose("y", [wanted]) is wanted or chooser.choose("x", [wanted]) is wanted


def test_a_worker_whose_claim_came_to_nothing_is_idle_when_it_asks_again() -> None:
    chooser = PolicyChooser([Seat("x"), Seat("y")])
    wanted = job("1", "a")
    assert chooser.choose("x", [wanted]) is wanted
    chooser.begun(wanted, "x")  # and then the transaction fails
    assert chooser.choose("x", [wanted]) is wanted


def test_a_job_goes_where_its_models_have_room() -> None:
    chooser = PolicyChooser([Seat("small"), Seat("large")])
    chooser.knows("small", 8 * GB)
    chooser.knows("large", 48 * GB)
    assert chooser.choose("large", []) is None
    wanted = job("1", "a", size=20 * GB)
    assert chooser.choose("small", [wanted]) is None
    assert chooser.choose("large", [wanted]) is wanted


def test_one_worker_and_one_owner_leave_nothing_to_decide() -> None:
    assert not PolicyChooser([Seat("x")]).orders(["ann"])
    assert PolicyChooser([Seat("x")]).orders(["ann", "bob"])
    assert PolicyChooser([Seat("x"), Seat("y")]).orders(["ann"])


async def test_workers_say_how_much_memory_they_have_for_models(tmp_path: Path) -> None:
    told = WorkerSettings(base=str(tmp_path), packs=[PACK], installed=False)
    workers = [
        LocalWorker(replace(told, environment={BUDGET: memory}), id=name)
        for name, memory in (("small", "8G"), ("large", "48G"))
    ]
    queue = JobQueue(JobStore(f"sqlite:///{tmp_path}/jobs.db"), workers)
    await queue.start()
    try:
        wanted = job("1", "a", size=20 * 2**30)
        for worker in workers:
            await worker.ready()
        await until(lambda: len(queue.chooser.memory) == 2)
        assert queue.chooser.memory == {"small": 8 * 2**30, "large": 48 * 2**30}
        queue.chooser.choose("large", [])
        assert queue.chooser.choose("small", [wanted]) is None
        assert queue.chooser.choose("large", [wanted]) is wanted
        os.kill(workers[0].pid or 0, signal.SIGKILL)
        queue.chooser.knows("small", 1)
        await until(lambda: workers[0].lives == 2)
        await ended(queue, await submit(queue, "show", text="x"), await submit(queue, "show", text="y"))
        await until(lambda: queue.chooser.memory["small"] == 8 * 2**30)  # what takes its place says so anew
    finally:
        await queue.stop(grace=0)


async def test_two_real_workers_share_jobs_by_their_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # On a busy machine a worker that is there may ask late, and loading has to cost more than a short job takes there.
    monkeypatch.setattr(choosing, "DEAF", 60)
    async with running_queue(tmp_path, workers=2) as queue:
        for worker in queue.workers:
            await worker.ready()
        await until(lambda: len(queue.chooser.memory) == 2)
        for worker in queue.workers:
            queue.chooser.knows(worker.id, 480 * GB)
        heard, models = Heard(queue), ("a", "b") * 8
        document = json.dumps(prompt("sleep", seconds=0.02))
        for index, model in enumerate(models):
            needs = json.dumps({model: 100 * GB})
            await queue.store.enqueue(NewJob(f"{index:02}", index, document, targets='["1"]', needs=needs))
        queue.wake.set()
        await ended(queue, *(f"{index:02}" for index in range(len(models))))
        began = [event for event in heard.events if event.type == "job_running"]
        assert len(began) == len(models)
        took = {(event.data["worker"], models[int(event.job or 0)]) for event in began}
        assert len(took) == 2, took  # each model on one worker, and each worker with one model
        assert len({worker for worker, _ in took}) == 2


async def test_another_owners_job_does_not_wait_for_a_long_queue(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        await queue.pause()
        mine = [await submit(queue, "show", text=f"{index}", options={"owner": "ann"}) for index in range(20)]
        other = await submit(queue, "show", options={"owner": "bob"})
        heard = Heard(queue)
        await queue.resume()
        await ended(queue, *mine, other)
        order = [event.job for event in heard.events if event.type == "job_running"]
        assert order.index(other) < 5
        assert [id for id in order if id != other] == mine
