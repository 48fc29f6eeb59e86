"""Claims as the policy wants them, on SQLite and on PostgreSQL: whose job comes next, and each job once."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from server.jobs.choosing import PolicyChooser
from server.jobs.operations import Result
from server.jobs.records import JobRecord
from server.jobs.states import State
from server.jobs.store import JobStore
from server.scheduling.waiting import Waiting
from tests.server.jobs.test_choosing import Seat
from tests.server.jobs.test_store import enqueue, new

GB = 10**9


@pytest.fixture(autouse=True)
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every job takes as long as another one, however busy the machine is."""
    moments = itertools.count()
    monkeypatch.setattr("server.jobs.choosing.time", SimpleNamespace(monotonic=lambda: next(moments) / 1000))


def chooser_of(*workers: str) -> PolicyChooser:
    return PolicyChooser([Seat(worker) for worker in workers])


async def run(store: JobStore, chooser: PolicyChooser, worker: str = "w") -> JobRecord | None:
    """Claim a job, and end it at once."""
    found = await store.claim(worker, chooser)
    if found is None:
        return None
    job, lease = found
    chooser.ended(worker)
    assert await store.finish(lease, State.SUCCEEDED, Result()) is State.SUCCEEDED
    return job


async def order(store: JobStore, chooser: PolicyChooser) -> list[str]:
    found = []
    while (job := await run(store, chooser)) is not None:
        found.append(job.id)
    return found


async def test_one_worker_runs_one_owners_jobs_by_number_then_id(store: JobStore) -> None:
    numbers = [3.0, -1.0, 2.5, 3.0, 0.0, -7.0]
    needs = json.dumps({"checkpoints/a": GB})
    jobs = [new(f"{index}", number, needs=needs if index % 2 else "{}") for index, number in enumerate(numbers)]
    await enqueue(store, *jobs)
    wanted = [job.id for job in sorted(jobs, key=lambda job: (job.number, job.id))]
    assert await order(store, chooser_of("w")) == wanted


async def test_a_long_queue_of_one_owner_holds_nobody_else_up(store: JobStore) -> None:
    await enqueue(store, *(new(f"ann{index:03}", index, owner="ann") for index in range(150)))
    await enqueue(store, new("bob0", 150, owner="bob"), new("bob1", 151, owner="bob"))
    ran = await order(store, chooser_of("w"))
    assert {"bob0", "bob1"} <= set(ran[:5])
    assert [id for id in ran if id.startswith("ann")] == [f"ann{index:03}" for index in range(150)]


async def test_every_one_of_many_owners_has_a_turn_before_anybody_has_two(store: JobStore) -> None:
    owners = [f"user{index:02}" for index in range(40)]
    await enqueue(store, *(new(f"{owner}-{turn}", turn, owner=owner) for owner in owners for turn in range(2)))
    ran = await order(store, chooser_of("w"))
    assert {id.split("-")[0] for id in ran[:40]} == set(owners)
    assert len(ran) == 80


async def test_nothing_is_chosen_while_the_queue_is_held(store: JobStore) -> None:
    await enqueue(store, new("a"), new("b", owner="bob"))
    await store.hold(None, True)
    assert await store.claim("w", chooser_of("w", "x")) is None
    await store.hold(None, False)
    assert await store.claim("w", chooser_of("w", "x")) is not None


class Stale(PolicyChooser):
    """Chooses a job that is not there any more, first of all."""

    asked = 0

    def choose(self, worker: str, waiting: Sequence[Waiting]) -> Waiting | None:
        self.asked += 1
        return Waiting("gone") if self.asked == 1 else super().choose(worker, waiting)


async def test_a_job_that_somebody_else_took_is_passed_over(store: JobStore) -> None:
    await enqueue(store, new("a"))
    found = await store.claim("w", Stale([Seat("w"), Seat("x")]))
    assert found is not None
    assert found[0].id == "a"


async def test_the_worker_that_holds_a_model_gets_its_jobs(store: JobStore) -> None:
    models = ("a", "b") * 10
    jobs = [new(f"{i:02}", i, needs=json.dumps({model: 4 * GB})) for i, model in enumerate(models)]
    await enqueue(store, *jobs)
    chooser, took = chooser_of("x", "y"), dict[str, set[str]]()
    for _ in jobs:
        for worker in ("x", "y"):
            job = await run(store, chooser, worker)
            if job is not None:
                took.setdefault(worker, set()).add(models[int(job.id)])
    assert (await store.counts()).get(State.QUEUED, 0) == 0
    assert sorted(took.values(), key=sorted) == [{"a"}, {"b"}]


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)  # a SQLite file has one server
async def test_servers_that_claim_at_once_never_claim_one_job_twice(url: str) -> None:
    servers = [(JobStore(url), chooser_of("x", "y")) for _ in range(3)]
    try:
        await enqueue(servers[0][0], *(new(f"{index:03}", index, owner=f"user{index % 3}") for index in range(90)))

        async def work(store: JobStore, chooser: PolicyChooser, worker: str) -> list[str]:
            found = []
            while (await store.counts()).get(State.QUEUED, 0):
                job = await run(store, chooser, worker)
                found += [job.id] if job is not None else []
            return found

        took = await asyncio.gather(*(work(*server, worker) for server in servers for worker in ("x", "y")))
        ran = [id for ids in took for id in ids]
        assert sorted(ran) == [f"{index:03}" for index in range(90)]
    finally:
        for store, _ in servers:
            store.close()
