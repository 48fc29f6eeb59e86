"""The queue with a real worker: what clients are told, in which order, and how it is managed."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from server.events import PASSING
from server.jobs.policy import Policy
from server.jobs.queue import JobQueue
from server.jobs.records import Accepted, Refused
from server.jobs.states import State
from server.workers.settings import Limits
from tests.server.jobs.helpers import Heard, ended, files_of, prompt, running_queue, submit, until


async def history(queue: JobQueue, *window: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await queue.history_json(*window))
    return found


async def test_the_messages_of_a_run_come_in_the_fields_order(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        heard = Heard(queue)
        graph = {
            "1": {"class_type": "t/number", "inputs": {"value": 3}},
            "2": {"class_type": "t/total", "inputs": {"a": ["1", 0], "b": 4}},
        }
        answer = await queue.submit(graph, client_id="c", extra={"extra_pnginfo": {"workflow": {"x": 1}}})
        assert isinstance(answer, Accepted)
        events = await heard.last(answer.id)
        told = [event.type for event in heard.events if not event.type.startswith("job_")]
        assert told == [
            *("status", "status", "execution_start", "execution_cached"),
            *("progress_state", "executing", "progress_state"),
            *("progress_state", "executing", "executed", "progress_state"),
            *("execution_success", "status", "executing"),
        ]
        assert {event.client for event in events} == {"c"}
        numbers = [event.number for event in heard.events]
        assert numbers == sorted(set(numbers))
        statuses = [e.data["status"]["exec_info"]["queue_remaining"] for e in heard.events if e.type == "status"]
        assert statuses == [1, 1, 0]
        states = [event.data["nodes"] for event in events if event.type == "progress_state"]
        assert states[-1]["2"] == {
            "value": 1.0,
            "max": 1.0,
            "state": "finished",
            "node_id": "2",
            "prompt_id": answer.id,
            "display_node_id": "2",
            "parent_node_id": None,
            "real_node_id": "2",
        }
        entry = (await history(queue))[answer.id]
        assert entry["outputs"] == {"2": {"text": ["7"]}}
        assert entry["meta"]["2"] == {"node_id": "2", "display_node": "2", "parent_node": None, "real_node_id": "2"}
        assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("success", True)
        assert [type for type, _ in entry["status"]["messages"]] == [
            "execution_start",
            "execution_cached",
            "execution_success",
        ]
        assert entry["prompt"][:2] == [0, answer.id]
        assert entry["prompt"][3]["client_id"] == "c"


async def test_history_is_there_before_the_end_is_told(tmp_path: Path) -> None:
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


async def test_numbers_fronts_and_refusals(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        await queue.pause()
        first = await queue.submit(prompt("show"))
        refused = await queue.submit({"1": {"class_type": "t/none", "inputs": {}}})
        assert isinstance(refused, Refused)
        assert (refused.status, refused.error["type"]) == (400, "missing_node_type")
        front = await queue.submit(prompt("show"), front=True)
        second = await queue.submit(prompt("show"), front=True)
        chosen = await queue.submit(prompt("show"), number=-5, id="mine")
        answers = [first, front, second, chosen]
        assert [json.dumps(a.number) for a in answers if isinstance(a, Accepted)] == ["0", "-2", "-3", "-5.0"]
        pending = (await queue.queue())[1]
        assert [job.place for job in pending] == ["-5.0", "-3", "-2", "0"]
        assert queue.remaining() == 4
        clash = await queue.submit(prompt("show"), id="mine")
        assert isinstance(clash, Refused)
        assert (clash.status, queue.remaining()) == (409, 4)
        heard = Heard(queue)
        await queue.resume()
        await ended(queue, *(a.id for a in answers if isinstance(a, Accepted)))
        begun = [event.job for event in heard.events if event.type == "job_running"]
        assert begun == [job.id for job in pending]


async def test_a_partly_valid_prompt_runs_what_is_sound(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        graph = {**prompt("show", text="x"), "2": {"class_type": "t/total", "inputs": {"a": "no number", "b": 1}}}
        answer = await queue.submit(graph)
        assert isinstance(answer, Accepted)
        assert list(answer.node_errors) == ["2"]
        (job,) = await ended(queue, answer.id)
        assert (job.state, json.loads(job.targets), list(json.loads(job.outputs))) == (State.SUCCEEDED, ["1"], ["1"])


async def test_files_are_recorded_with_size_and_hash(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        (job,) = await ended(queue, await submit(queue, "save", name="a.txt", text="hello"))
        digest = hashlib.sha256(b"hello").hexdigest()
        assert files_of(job) == [
            {
                "node": "1",
                "kind": "files",
                "filename": "a.txt",
                "subfolder": "",
                "type": "output",
                "size": 5,
                "sha256": digest,
            }
        ]


async def test_a_job_whose_file_is_missing_did_not_succeed(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        (job,) = await ended(queue, await submit(queue, "lie"))
        assert job.state is State.FAILED
        assert job.error is not None
        assert "nowhere.png is not there" in job.error


async def test_a_cached_result_whose_file_was_removed_is_made_again(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        await ended(queue, await submit(queue, "save_cached", name="a.txt"))
        (tmp_path / "output" / "a.txt").unlink()
        heard = Heard(queue)
        id = await submit(queue, "save_cached", name="a.txt")
        (job,) = await ended(queue, id)
        assert (job.state, (tmp_path / "output" / "a.txt").read_text()) == (State.SUCCEEDED, "a.txt")
        assert heard.types(id).count("execution_start") == 1


async def test_a_node_error_is_reported_and_not_retried(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        heard = Heard(queue)
        id = await submit(queue, "fail", message="so broken")
        (job,) = await ended(queue, id)
        assert (job.state, job.attempt) == (State.FAILED, 1)
        entry = (await history(queue))[id]
        type, data = entry["status"]["messages"][-1]
        assert (entry["status"]["status_str"], type) == ("error", "execution_error")
        assert (data["exception_type"], data["node_id"], data["node_type"]) == ("ValueError", "1", "t/fail")
        assert "so broken" in data["exception_message"]
        assert data["current_inputs"] == {"message": ["so broken"]}
        assert heard.types(id)[-3:] == ["execution_error", "job_ended", "executing"]


async def test_out_of_memory_costs_the_job_and_a_new_worker(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        await queue.workers[0].ready()
        before = queue.workers[0].pid  # type: ignore[attr-defined]
        (job,) = await ended(queue, await submit(queue, "exhaust"))
        assert job.state is State.FAILED
        (job,) = await ended(queue, await submit(queue, "show"))
        assert job.state is State.SUCCEEDED
        assert queue.workers[0].pid != before  # type: ignore[attr-defined]


async def test_what_json_cannot_hold_is_put_into_words(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        (job,) = await ended(queue, await submit(queue, "odd"))
        assert json.loads(job.outputs) == {"1": {"values": [None, "p", {"1": [2, 3]}]}}


async def test_previews_are_small_jpegs(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        heard = Heard(queue)
        id = await submit(queue, "picture", size=800)
        events = await heard.last(id)
        (preview,) = [event for event in events if event.type == "preview"]
        assert preview.image is not None
        picture = Image.open(io.BytesIO(preview.image))
        assert (picture.format, picture.size) == ("JPEG", (512, 256))
        assert preview.data["image_type"] == "image/jpeg"
        assert preview.data["display_node_id"] == "1"
        assert preview not in list(queue.events.since(0))  # pictures are not kept


async def test_code_that_prints_or_reads_does_not_reach_the_pipe(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        (job,) = await ended(queue, await submit(queue, "noise"))
        assert job.state is State.SUCCEEDED


async def test_secrets_reach_nodes_but_nothing_that_is_kept_or_told(tmp_path: Path) -> None:
    canary = "CANARY-5f1b"
    async with running_queue(tmp_path) as queue:
        heard = Heard(queue)
        await queue.pause()
        secrets = {"api_key_comfy_org": canary, "auth_token_comfy_org": canary}
        id = await submit(queue, "secret", options={"extra": secrets})
        assert canary.encode() not in await queue.queue_json()
        await queue.resume()
        (job,) = await ended(queue, id)
        assert json.loads(job.outputs)["1"]["length"] == [len(canary)]
        assert canary.encode() not in await queue.history_json()
        assert canary not in repr(heard.events)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert canary.encode() not in kept


async def test_a_job_that_is_refused_leaves_the_secrets_of_its_namesake_alone(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        await queue.pause()
        id = await submit(queue, "secret", options={"extra": {"api_key_comfy_org": "12345"}, "id": "same"})
        refused = await queue.submit(prompt("secret"), id="same", extra={"api_key_comfy_org": "1"})
        assert isinstance(refused, Refused)
        await queue.resume()
        (job,) = await ended(queue, id)
        assert json.loads(job.outputs)["1"]["length"] == [5]


async def test_an_idempotency_key_queues_once(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        await queue.pause()
        answers = [await queue.submit(prompt("show"), idempotency_key="k") for _ in range(2)]
        assert [(a.id, a.repeated) for a in answers if isinstance(a, Accepted)] == [
            (answers[0].id, False),  # type: ignore[union-attr]
            (answers[0].id, True),  # type: ignore[union-attr]
        ]
        assert queue.remaining() == 1
        other = await queue.submit(prompt("show", text="other"), idempotency_key="k")
        assert isinstance(other, Refused)
        assert other.status == 409


async def test_a_full_queue_refuses_and_says_when_to_come_back(tmp_path: Path) -> None:
    async with running_queue(tmp_path, policy=Policy(capacity=2, retry_after=7)) as queue:
        await queue.pause()
        await submit(queue, "show")
        id = await submit(queue, "show")
        refused = await queue.submit(prompt("show"))
        assert isinstance(refused, Refused)
        assert (refused.status, refused.retry_after) == (429, 7)
        await queue.cancel(id)
        assert isinstance(await queue.submit(prompt("show")), Accepted)


async def test_ids_must_be_printable_and_short(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        for id in ("", "a\0b", "x" * 201):
            refused = await queue.submit(prompt("show"), id=id)
            assert isinstance(refused, Refused)
            assert refused.error["type"] == "invalid_prompt_id"
        for options in (
            {"client_id": "a\0"},
            {"number": float("nan")},
            {"number": float("inf")},
            {"owner": "x" * 1001},
        ):
            refused = await queue.submit(prompt("show"), **options)  # type: ignore[arg-type]
            assert isinstance(refused, Refused)
            assert refused.status == 400


async def test_cancelling_stops_within_a_step(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        heard = Heard(queue)
        long = await submit(queue, "sleep", seconds=60, steps=1000)
        waiting = await submit(queue, "show", text="next")
        await until(lambda: "progress" in heard.types(long))
        assert not await queue.interrupt("unknown")
        assert not await queue.cancel(long, "somebody else")
        assert await queue.interrupt()
        job, following = await ended(queue, long, waiting, seconds=5)
        assert (job.state, following.state) == (State.CANCELLED, State.SUCCEEDED)
        assert [t for t in heard.types(long) if t.startswith("execution_")][-1] == "execution_interrupted"
        data = next(e.data for e in heard.of(long) if e.type == "execution_interrupted")
        assert (data["node_id"], data["node_type"]) == ("1", "t/sleep")
        assert not await queue.cancel(long)


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
