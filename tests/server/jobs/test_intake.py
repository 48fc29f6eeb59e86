"""What is taken in, under which number, and what is refused; secrets, which are stored nowhere."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from server.jobs import database
from server.jobs.policy import Policy
from server.jobs.records import Accepted, Refused
from tests.server.jobs.helpers import Heard, ended, prompt, running_queue, submit


async def test_j001_j004_numbers_fronts_and_refusals(tmp_path: Path) -> None:
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


async def test_j001_the_first_numbers_are_0_1_2(tmp_path: Path) -> None:
    async with running_queue(tmp_path) as queue:
        answers = [await queue.submit(prompt("show"), front=front) for front in (False, False, False, True)]
        assert [json.dumps(a.number) for a in answers if isinstance(a, Accepted)] == ["0", "1", "2", "-3"]


async def test_a_job_that_begins_before_it_is_safe_on_the_disk_has_its_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = database._sync

    def slow(handle: int) -> None:
        time.sleep(0.5)
        real(handle)

    monkeypatch.setattr(database, "_sync", slow)
    async with running_queue(tmp_path) as queue:
        await submit(queue, "sleep", seconds=0.1)
        id = await submit(queue, "secret", options={"extra": {"api_key_comfy_org": "0123456789"}})
        (job,) = await ended(queue, id)
        assert json.loads(job.outputs)["1"]["length"] == [10]


async def test_a_job_is_told_as_queued_before_it_is_told_as_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = database._sync

    def slow(handle: int) -> None:
        time.sleep(0.1)
        real(handle)

    monkeypatch.setattr(database, "_sync", slow)
    async with running_queue(tmp_path, workers=2) as queue:
        heard = Heard(queue)
        await asyncio.gather(*(worker.ready() for worker in queue.workers))
        answers = []
        for _ in range(10):  # the workers are woken for one job, and find the next
            answers.append(asyncio.create_task(submit(queue, "show")))
            await asyncio.sleep(0.03)
        ids = await asyncio.gather(*answers)
        await ended(queue, *ids)
        for id in ids:
            assert [type for type in heard.types(id) if type.startswith("job_")][:2] == ["job_queued", "job_running"]
