"""The queue with a real worker: how it is managed, what is remembered, how it begins and ends."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from server.events import PASSING
from server.jobs.policy import Policy
from server.jobs.records import Accepted, Refused
from server.jobs.states import State
from server.workers.settings import Limits
from tests.server.jobs.helpers import Heard, ended, history, prompt, running_queue, submit, until


async def test_j016_history_is_there_before_the_end_is_told(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        seen: list[asyncio.Task[bytes]] = []

        def listen(event: Any) -> None:
            if event.type == "execution_success":
                seen.append(asyncio.ensure_future(queue.history_of(event.job)))

        queue.subscribe(listen)
        id = await submit(queue, "show", text="x")
        await ended(queue, id)
        await until(lambda: seen)
        assert id in json.loads(await seen[0])
        assert await queue.history_of("unknown") == b"{}"


async def test_cancelling_stops_within_a_step(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        heard = Heard(queue)
        long = await submit(queue, "sleep", seconds=60, steps=1000)
        waiting = await submit(queue, "show", text="next")
        await until(lambda: "progress" in heard.types(long))
        assert not await queue.interrupt(["unknown"])
        assert not await queue.cancel(long, "somebody else")
        assert await queue.interrupt()
        job, following = await ended(queue, long, waiting, seconds=5)
        assert (job.state, following.state) == (State.CANCELLED, State.SUCCEEDED)
        assert [t for t in heard.types(long) if t.startswith("execution_")][-1] == "execution_interrupted"
        data = next(e.data for e in heard.of(long) if e.type == "execution_interrupted")
        assert (data["node_id"], data["node_type"]) == ("1", "t/sleep")
        assert not await queue.cancel(long)


async def test_whose_job_it_is_is_told_whoever_changed_it_or_took_it_back(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        heard = Heard(queue)
        await queue.pause()
        one, two, three = [await submit(queue, "show", options={"owner": "ann"}) for _ in range(3)]
        assert await queue.reorder(one, 5.0)
        assert await queue.cancel(one)
        assert await queue.delete_pending([two]) == 1
        assert await queue.clear_pending() == 1
        for id in (one, two, three):
            assert {event.owner for event in heard.of(id)} == {"ann"}
            assert heard.types(id)[-1] == "job_ended"
        assert heard.types(one) == ["job_queued", "job_changed", "job_ended"]


async def test_a_job_that_does_not_listen_is_killed_after_a_grace(tmp_path: Path) -> None:
    async with running_queue(tmp_path, Limits(grace=0.3)) as queue:
        heard = Heard(queue)
        deaf = await submit(queue, "deaf")
        waiting = await submit(queue, "show")
        await until(lambda: "executing" in heard.types(deaf))
        assert await queue.cancel(deaf)
        job, following = await ended(queue, deaf, waiting, seconds=10)
        assert (job.state, following.state) == (State.CANCELLED, State.SUCCEEDED)
        assert job.crashes <= 1
        assert "execution_interrupted" in heard.types(deaf)


async def test_pending_jobs_are_deleted_and_cleared_without_a_trace_in_history(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        await queue.pause()
        ids = [await submit(queue, "show") for _ in range(4)]
        assert await queue.delete_pending([ids[0], "unknown"]) == 1
        assert await queue.clear_pending() == 3
        assert queue.remaining() == 0
        assert await history(queue) == {}
        assert (await queue.jobs([State.CANCELLED])).total == 4


async def test_retrying_an_ended_job(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        id = await submit(queue, "fail")
        await ended(queue, id)
        assert await queue.retry(id)
        assert not await queue.retry(id)
        (job,) = await ended(queue, id)
        assert (job.state, job.attempt) == (State.FAILED, 2)
        assert queue.remaining() == 0


async def test_history_is_kept_until_something_ends(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        first = await submit(queue, "show")
        await ended(queue, first)
        await until(lambda: queue.remaining() == 0)
        assert list(await history(queue)) == [first]
        assert await queue.history_json() is await queue.history_json()
        second = await submit(queue, "show")
        await ended(queue, second)
        await until(lambda: queue.remaining() == 0)
        assert list(await history(queue)) == [first, second]
        assert await queue.delete_history([first]) == 1
        assert list(await history(queue)) == [second]


async def test_j017_history_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Policy().history == 10_000
    monkeypatch.setattr("server.jobs.housekeeping.PRUNE", 0.05)
    async with running_queue(tmp_path, policy=Policy(history=2)) as queue:
        ids = [await submit(queue, "show") for _ in range(4)]
        await ended(queue, ids[-1])
        async with asyncio.timeout(30):
            while list(json.loads(await queue.store.history_json())) != ids[2:]:
                await asyncio.sleep(0.02)


async def test_events_go_on_from_any_number_also_after_a_restart(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        heard = Heard(queue)
        id = await submit(queue, "show", text="x")
        events = [event for event in await heard.last(id) if event.type not in PASSING]
        for event in events:
            rest = [later for later in events if later.number > event.number]
            assert await queue.events_of(id, event.number) == rest
    async with running_queue(tmp_path) as queue:
        kept = [event.type for event in await queue.events_of(id)]
        assert kept == ["execution_start", "execution_cached", "execution_success"]
        assert [e.type for e in await queue.events_of(id, events[-1].number)] == ["execution_success"]
        assert await queue.events_of("unknown") == []


async def test_jobs_wait_for_the_next_server(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        running = await submit(queue, "deaf")
        waiting = await submit(queue, "show")
        await until(lambda: queue.running)
    async with running_queue(tmp_path, Limits(grace=0.2)) as queue:
        assert queue.remaining() == 2
        answer = await queue.submit(prompt("show"))
        assert isinstance(answer, Accepted)
        assert answer.number == 2
        job = await queue.job(running)
        assert job is not None
        assert job.crashes == 0
        assert await queue.cancel(running)
        (job,) = await ended(queue, waiting)
        assert job.state is State.SUCCEEDED


async def test_draining_finishes_what_is_pending(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        held = await submit(queue, "show")
        await queue.pause(held)
        ids = [await submit(queue, "show", text=str(index)) for index in range(5)]
        await queue.stop(drain=True)
        refused = await queue.submit(prompt("show"))
        assert isinstance(refused, Refused)
        assert refused.status == 503
    async with running_queue(tmp_path) as queue:
        assert [job.state for job in await ended(queue, *ids)] == [State.SUCCEEDED] * 5


async def test_a_socket_that_comes_back_learns_the_current_node(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        id = await submit(queue, "sleep", seconds=20, steps=1000, options={"client_id": "me"})
        await until(lambda: queue.current("me"))
        assert queue.current("me") == "1"
        assert queue.current("you") is None
        await queue.cancel(id)


async def test_two_workers_share_the_queue(tmp_path: Path) -> None:
    async with running_queue(tmp_path, workers=2) as queue:
        heard = Heard(queue)
        await asyncio.gather(*(worker.ready() for worker in queue.workers))
        ids = [await submit(queue, "sleep", seconds=0.2) for _ in range(6)]
        jobs = await ended(queue, *ids)
        assert {job.state for job in jobs} == {State.SUCCEEDED}
        used = {event.data["worker"] for event in heard.events if event.type == "job_running"}
        assert used == {"w0", "w1"}
