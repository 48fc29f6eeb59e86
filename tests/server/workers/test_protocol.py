"""What holds for every worker, local or on Ray: replaced when it dies, hangs or grows; asked while it works; never
confused by late words.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from server.jobs.policy import Policy
from server.jobs.states import State
from server.workers.local import LocalWorker
from server.workers.process import Spawn, WorkerProcess
from server.workers.protocol import WorkerUnavailable
from server.workers.settings import Limits, WorkerSettings
from tests.server.jobs.helpers import Heard, ended, prompt, running_queue, submit, until, worker


def pid_of(only: object) -> int:
    assert isinstance(only, LocalWorker)
    assert only.pid is not None
    return only.pid


async def test_a_job_that_kills_its_worker_is_quarantined_and_the_next_one_starts(tmp_path: Path, spawn: Spawn) -> None:
    async with running_queue(tmp_path, spawn=spawn) as queue:
        heard = Heard(queue)
        poison = await submit(queue, "die")
        following = await submit(queue, "show", text="next")
        (job,) = await ended(queue, poison)
        (after,) = await ended(queue, following)
        assert (job.state, job.crashes, job.attempt) == (State.QUARANTINED, 3, 3)
        begun = [event.job for event in heard.events if event.type == "job_running"]
        assert begun == [poison] * 3 + [following], "the next one begins at once, and is not begun before"
        assert after.state is State.SUCCEEDED
        assert job.error is not None
        assert "SIGKILL" in job.error
        again = [event.data["attempt"] for event in heard.of(poison) if event.type == "job_requeued"]
        assert again == [1, 2]
        entry = json.loads(await queue.history_of(poison))[poison]
        type, data = entry["status"]["messages"][-1]
        assert (type, data["exception_type"], entry["status"]["status_str"]) == (
            "execution_error",
            "WorkerLost",
            "error",
        )


async def test_a_job_whose_worker_died_is_run_again(tmp_path: Path, spawn: Spawn) -> None:
    async with running_queue(tmp_path, policy=Policy(crashes=3), spawn=spawn) as queue:
        id = await submit(queue, "die", marker=str(tmp_path / "died"), times=2)
        (job,) = await ended(queue, id)
        assert (job.state, job.crashes, job.attempt) == (State.SUCCEEDED, 2, 3)


async def test_an_idle_worker_that_is_killed_is_replaced(tmp_path: Path, spawn: Spawn) -> None:
    async with running_queue(tmp_path, spawn=spawn) as queue:
        (only,) = queue.workers
        await only.ready()
        before = pid_of(only)
        os.kill(before, signal.SIGKILL)
        await until(lambda: only.is_ready and pid_of(only) != before)
        (job,) = await ended(queue, await submit(queue, "show"))
        assert (job.state, job.attempt) == (State.SUCCEEDED, 1)


async def test_a_worker_without_a_sign_of_life_is_replaced(tmp_path: Path, spawn: Spawn) -> None:
    async with running_queue(tmp_path, Limits(silence=0.5), Policy(crashes=1), spawn=spawn) as queue:
        (job,) = await ended(queue, await submit(queue, "hang"))
        assert (job.state, job.crashes) == (State.QUARANTINED, 1)
        assert job.error is not None
        assert "no sign of life" in job.error


async def test_a_job_that_says_nothing_for_too_long_is_given_up(tmp_path: Path, spawn: Spawn) -> None:
    async with running_queue(tmp_path, Limits(stall=0.5), Policy(crashes=1), spawn=spawn) as queue:
        slow = await submit(queue, "sleep", seconds=1.5, steps=30)  # tells its progress, so it may take its time
        deaf = await submit(queue, "deaf")
        job, hung = await ended(queue, slow, deaf)
        assert (job.state, hung.state) == (State.SUCCEEDED, State.QUARANTINED)


async def test_a_worker_that_grows_too_large_is_replaced(tmp_path: Path, spawn: Spawn) -> None:
    async with running_queue(tmp_path, Limits(memory=256 << 20), Policy(crashes=1), spawn=spawn) as queue:
        (job,) = await ended(queue, await submit(queue, "hoard"))
        assert job.state is State.QUARANTINED
        assert job.error is not None
        assert "MiB" in job.error


async def test_heartbeats_and_answers_come_while_a_node_computes(tmp_path: Path, spawn: Spawn) -> None:
    async with running_queue(tmp_path, Limits(silence=1.0), spawn=spawn) as queue:
        heard = Heard(queue)
        busy = await submit(queue, "compute", seconds=2.5)
        await until(lambda: "executing" in heard.types(busy))
        report = await queue.workers[0].validate(prompt("show"))
        assert list(report.outputs) == ["1"]
        assert "execution_success" not in heard.types(busy), "it was answered while the node computed"
        (job,) = await ended(queue, busy)
        assert (job.state, job.attempt) == (State.SUCCEEDED, 1)


async def test_code_that_holds_the_interpreter_is_no_hang(tmp_path: Path, spawn: Spawn) -> None:
    silence, letters = (0.3, 26) if spawn == WorkerProcess.spawn else (0.8, 27)  # an actor is asked from afar
    async with running_queue(tmp_path, Limits(silence=silence), Policy(crashes=1), spawn=spawn) as queue:
        (job,) = await ended(queue, await submit(queue, "hold", letters=letters), seconds=90)
        assert (job.state, job.crashes) == (State.SUCCEEDED, 0)
        assert job.ended_at is not None
        assert job.started_at is not None
        assert job.ended_at - job.started_at > 1.5 * silence, "the lock was not held long enough to show anything"


async def stops_past_leases(folder: Path, rounds: int, spawn: Spawn, url: str = "") -> int:
    """Each worker that has a job is stopped, loses its lease to the other one, and comes back with its own result once
    the job is done; gives how many such results came. None of them may change anything.
    """
    stale = 0
    async with running_queue(folder, Limits(silence=3600), workers=2, url=url, spawn=spawn) as queue:
        await asyncio.gather(*(only.ready() for only in queue.workers))
        heard = Heard(queue)
        for turn in range(rounds):
            id = await submit(queue, "save", name=f"{turn}.txt", text="who?", seconds=0.05 + 0.02 * (turn % 10))
            await until(lambda id=id: "executing" in heard.types(id))
            slow = queue.running[id]
            os.kill(pid_of(slow.worker), signal.SIGSTOP)
            assert [job.id for job in await queue.store.reclaim()] == [id]  # its lease is over
            queue.wake.set()
            (job,) = await ended(queue, id)
            assert (job.state, job.attempt, job.worker) == (State.SUCCEEDED, 2, None)
            os.kill(pid_of(slow.worker), signal.SIGCONT)
            await until(lambda slow=slow: slow.last is not None)  # its result is on its way to the store
            (again,) = await ended(queue, await submit(queue, "show", text=str(turn)))  # both are free to take it
            assert again.state is State.SUCCEEDED
            assert await queue.job(id) == job
            assert heard.types(id).count("execution_success") == 1
            stale += 1
        await until(lambda: queue.remaining() == 0)
    return stale


async def test_a_stopped_worker_that_comes_back_after_its_lease_changes_nothing(tmp_path: Path, spawn: Spawn) -> None:
    assert await stops_past_leases(tmp_path, 2, spawn) == 2


async def test_a_stopped_worker_changes_nothing_in_postgresql_either(tmp_path: Path, postgresql: str) -> None:
    assert await stops_past_leases(tmp_path, 3, WorkerProcess.spawn, postgresql) == 3


async def cancels_around_boundaries(folder: Path, rounds: int, spawn: Spawn) -> None:
    """Each cancel aims at one job at about the moment when the next begins; only that one may be hit."""
    async with running_queue(folder, spawn=spawn) as queue:
        await queue.workers[0].ready()
        heard = Heard(queue)
        hits = 0
        for turn in range(rounds):
            first = await submit(queue, "sleep", seconds=0.004, steps=4)
            second = await submit(queue, "show", text=str(turn))
            await asyncio.sleep(0.012 * (turn % 25) / 25)
            cancelled = await queue.cancel(first)
            one, two = await ended(queue, first, second)
            assert one.state is (State.CANCELLED if cancelled else State.SUCCEEDED)
            assert two.state is State.SUCCEEDED
            hits += cancelled
        assert 0 < hits < rounds
        await until(lambda: queue.remaining() == 0)
        assert not queue._stopped_early
        assert {event.data["worker"] for event in heard.events if event.type == "job_running"} == {"w0"}


async def test_cancels_around_job_boundaries_hit_no_other_job(tmp_path: Path, spawn: Spawn) -> None:
    await cancels_around_boundaries(tmp_path, 100 if spawn == WorkerProcess.spawn else 40, spawn)


@pytest.mark.full
async def test_a_thousand_cancels_around_job_boundaries_hit_no_other_job(tmp_path: Path, spawn: Spawn) -> None:
    await cancels_around_boundaries(tmp_path, 1000, spawn)


async def test_a_question_to_a_worker_that_dies_is_answered_by_the_next(tmp_path: Path, spawn: Spawn) -> None:
    only = worker(tmp_path, spawn=spawn)
    await only.start()
    await only.ready()
    os.kill(pid_of(only), signal.SIGSTOP)
    asking = asyncio.create_task(only.validate(prompt("show")))
    await asyncio.sleep(0.05)
    os.kill(pid_of(only), signal.SIGKILL)
    assert (await asking).error is None
    await only.stop(0)


async def test_a_question_that_kills_the_next_worker_too_is_answered_by_an_error() -> None:
    only, asked = LocalWorker(WorkerSettings()), list[str]()

    async def die(kind: str, *_: object) -> bytes:
        asked.append(kind)
        raise WorkerUnavailable("The worker died.")

    only._ask_process = die  # type: ignore[method-assign]
    with pytest.raises(WorkerUnavailable, match="died"):
        await only.validate(prompt("show"))
    assert asked == ["validate", "validate"]


async def test_workflows_of_the_editor_form_and_overrides_are_taken(tmp_path: Path, spawn: Spawn) -> None:
    async with running_queue(tmp_path, spawn=spawn) as queue:
        editor = {
            "nodes": [{"id": 7, "type": "t/show", "inputs": [], "outputs": [], "widgets_values": ["x"], "mode": 0}],
            "links": [],
            "version": 0.4,
        }
        answer = await queue.submit(editor, inputs={"t/show.text": "put in"})
        (job,) = await ended(queue, answer.id)  # type: ignore[union-attr]
        assert json.loads(job.outputs) == {"7": {"text": ["put in"]}}
        assert json.loads(job.extra)["extra_pnginfo"]["workflow"]["nodes"][0]["type"] == "t/show"


async def test_freeing_memory_forgets_results(tmp_path: Path, spawn: Spawn) -> None:
    async with running_queue(tmp_path, spawn=spawn) as queue:
        cached = []
        for free in (False, False, True):
            if free:
                await queue.free(free_memory=True)
            (job,) = await ended(queue, await submit(queue, "show", text="same"))
            cached.append(json.loads(job.events)[1][1]["nodes"])
        assert cached == [[], ["1"], []]


async def test_about_names_a_device(tmp_path: Path, spawn: Spawn) -> None:
    async with running_queue(tmp_path, spawn=spawn) as queue:
        found = await queue.about()
        (device,) = found["devices"]
        assert (device["name"], device["type"], device["index"]) == ("cpu", "cpu", None)
        assert device["vram_total"] > 0
        assert found["python_version"].startswith("3.")


async def test_a_worker_ends_with_its_server(tmp_path: Path, spawn: Spawn) -> None:
    only = worker(tmp_path, spawn=spawn)
    await only.start()
    await only.ready()
    pid = pid_of(only)
    await only.stop(0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
