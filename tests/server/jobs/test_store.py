"""The contract of the store, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from sqlalchemy import event

from server.jobs.operations import Clash, Result
from server.jobs.reading import Order
from server.jobs.records import JobRecord, Lease, NewJob
from server.jobs.states import ENDED, State
from server.jobs.store import JobStore


def new(id: str, number: float = 0, **more: Any) -> NewJob:
    return NewJob(id, number, prompt='{"1": {"class_type": "x"}}', **more)


async def enqueue(store: JobStore, *jobs: NewJob) -> None:
    for answer in await asyncio.gather(*(store.enqueue(job) for job in jobs)):
        assert answer == (None, True)


async def claim(store: JobStore, worker: str = "w") -> tuple[JobRecord, Lease]:
    found = await store.claim(worker)
    assert found is not None
    return found


async def state(store: JobStore, id: str) -> State:
    job = await store.get(id)
    assert job is not None
    return job.state


async def test_what_is_queued_is_there(store: JobStore) -> None:
    await enqueue(store, new("a", 3, extra='{"k":1}', client_id="c", owner="ann", targets='["1"]'))
    job = await store.get("a")
    assert job is not None
    assert (job.state, job.client_id, job.owner, job.attempt, job.crashes) == (State.QUEUED, "c", "ann", 0, 0)
    assert job.item == [3, "a", {"1": {"class_type": "x"}}, {"k": 1}, ["1"]]
    assert await store.get("a", "bob") is None
    assert await store.get("b") is None


@pytest.mark.parametrize("id", ["\0", "a\0", "\ud800"])
async def test_no_job_is_called_what_cannot_be_kept(store: JobStore, id: str) -> None:
    await enqueue(store, new("a"))
    assert await store.get(id) is None
    assert await store.history_of(id) == b"{}"
    assert await store.cancel(id) is None
    assert await store.cancel_pending([id, "a"]) == {"a": ""}
    assert await store.forget([id, "a"]) == 1
    assert not any([await store.retry(id), await store.reorder(id, 1), await store.hold(id, True)])


async def test_an_explicit_number_is_told_as_a_float(store: JobStore) -> None:
    await enqueue(store, new("a", -5, explicit=True), new("b", 7))
    running, pending = await store.queue()
    assert running == []
    assert [json.dumps(job.item[0]) for job in pending] == ["-5.0", "7"]


async def test_claims_go_by_number_then_id(store: JobStore) -> None:
    await enqueue(store, new("b", 1), new("c", 0), new("a", 1), new("d", -1))
    assert [(await claim(store))[0].id for _ in range(4)] == ["d", "c", "a", "b"]
    assert await store.claim("w") is None


async def test_a_claim_is_a_lease_with_a_new_attempt(store: JobStore) -> None:
    await enqueue(store, new("a"))
    job, lease = await claim(store, "gpu0")
    assert (job.state, job.worker, job.attempt) == (State.RUNNING, "gpu0", 1)
    assert lease == Lease("a", 1, "gpu0", lease.until)
    assert abs(lease.until - time.time() - store.lease) < 5


async def test_many_claims_at_once_give_every_job_once(store: JobStore) -> None:
    await enqueue(store, *(new(f"j{index:03}", index) for index in range(50)))
    found = await asyncio.gather(*(store.claim(f"w{index}") for index in range(60)))
    claimed = [item[0].id for item in found if item is not None]
    assert claimed == [f"j{index:03}" for index in range(50)]


async def test_an_id_of_an_open_job_is_refused_and_of_an_ended_one_reused(store: JobStore) -> None:
    await enqueue(store, new("a"))
    with pytest.raises(Clash, match="There is a job a already"):
        await store.enqueue(new("a"))
    _, lease = await claim(store)
    with pytest.raises(Clash):
        await store.enqueue(new("a"))
    await store.finish(lease, State.SUCCEEDED, Result())
    with pytest.raises(Clash):
        await store.enqueue(new("a", owner="somebody else"))
    await enqueue(store, new("a", 9))
    job = await store.get("a")
    assert job is not None
    assert (job.state, job.number) == (State.QUEUED, 9)


async def test_a_clash_does_not_harm_those_who_share_its_transaction(store: JobStore) -> None:
    await enqueue(store, new("a"))
    answers = await asyncio.gather(
        store.enqueue(new("b")), store.enqueue(new("a")), store.enqueue(new("c")), return_exceptions=True
    )
    assert [isinstance(answer, Clash) for answer in answers] == [False, True, False]
    assert [job.id for job in (await store.queue())[1]] == ["a", "b", "c"]


async def test_an_idempotency_key_gives_the_same_job_again(store: JobStore) -> None:
    await enqueue(store, new("a", idempotency_key="k", digest="d"))
    known, fresh = await store.enqueue(new("b", idempotency_key="k", digest="d"))
    assert not fresh
    assert known is not None
    assert known.id == "a"
    with pytest.raises(Clash, match="idempotency key"):
        await store.enqueue(new("c", idempotency_key="k", digest="other"))
    await enqueue(store, new("d", idempotency_key="k", digest="d", owner="bob"))  # keys belong to their owner


async def test_a_finished_job_keeps_what_it_gave(store: JobStore) -> None:
    await enqueue(store, new("a"))
    _, lease = await claim(store)
    result = Result('[["execution_start", {}, 5]]', '{"1": {"text": ["x"]}}', '{"1": {}}', "[]")
    assert await store.finish(lease, State.SUCCEEDED, result) is State.SUCCEEDED
    job = await store.get("a")
    assert job is not None
    assert (job.outputs, job.meta, job.events, job.worker) == (result.outputs, result.meta, result.events, None)
    assert job.ended_at is not None
    assert await store.finish(lease, State.FAILED, Result()) is None


async def test_a_stale_attempt_cannot_change_anything(store: JobStore) -> None:
    await enqueue(store, new("a"))
    _, old = await claim(store, "slow")
    assert [job.state for job in await store.reclaim()] == [State.QUEUED]
    assert await store.finish(old, State.SUCCEEDED, Result(outputs='{"stale": 1}')) is None
    _, lease = await claim(store, "fast")
    assert lease.attempt == old.attempt + 1
    assert await store.finish(old, State.SUCCEEDED, Result(outputs='{"stale": 1}')) is None
    assert await store.give_back(old, error="x", limit=1) is None
    assert await store.extend([old, lease]) == {lease: State.RUNNING}
    assert await store.finish(lease, State.SUCCEEDED, Result(outputs='{"good": 1}')) is State.SUCCEEDED
    job = await store.get("a")
    assert job is not None
    assert job.outputs == '{"good": 1}'


async def test_only_leases_that_ended_are_reclaimed(store: JobStore) -> None:
    await enqueue(store, new("a", 0), new("b", 1))
    await claim(store)
    await claim(store)
    assert await store.reclaim(time.time()) == []
    assert {job.id for job in await store.reclaim(time.time() + store.lease + 1)} == {"a", "b"}
    job = await store.get("a")
    assert job is not None
    assert (job.crashes, job.ended_at, job.worker) == (0, None, None)


async def test_a_job_that_loses_its_worker_too_often_is_quarantined(store: JobStore) -> None:
    await enqueue(store, new("a"), new("b", 1))
    for expected in (State.QUEUED, State.QUEUED, State.QUARANTINED):
        job, lease = await claim(store)
        assert job.id == "a"
        assert await store.give_back(lease, error="it crashed", limit=3) is expected
    job = await store.get("a")  # type: ignore[assignment]
    assert (job.crashes, job.error) == (3, "it crashed")
    assert job.ended_at is not None
    assert (await claim(store))[0].id == "b"
    assert await store.retry("a")
    job = await store.get("a")  # type: ignore[assignment]
    assert (job.state, job.crashes, job.attempt, job.error) == (State.QUEUED, 0, 3, None)


async def test_giving_back_without_a_crash_is_free(store: JobStore) -> None:
    await enqueue(store, new("a"))
    for _ in range(5):
        assert await store.give_back((await claim(store))[1], error=None, limit=3) is State.QUEUED


async def test_cancelling(store: JobStore) -> None:
    await enqueue(store, new("a", 0), new("b", 1), new("c", 2))
    _, lease = await claim(store)
    assert await store.cancel("b") is State.CANCELLED
    assert await store.cancel("b") is None
    assert await store.cancel("unknown") is None
    assert await store.cancel("c", "somebody else") is None
    assert await store.cancel("a") is State.CANCELLING
    assert await store.extend([lease]) == {lease: State.CANCELLING}
    assert await store.finish(lease, State.SUCCEEDED, Result()) is State.CANCELLED


async def test_a_cancelled_job_that_loses_its_worker_never_runs_again(store: JobStore) -> None:
    await enqueue(store, new("a", 0), new("b", 1))
    _, first = await claim(store)
    await claim(store)
    await store.cancel("a")
    await store.cancel("b")
    assert await store.give_back(first, error="crash", limit=3) is State.CANCELLED
    assert [job.state for job in await store.reclaim()] == [State.CANCELLED]
    assert await store.claim("w") is None
    assert await store.count_open() == 0


async def test_clearing_touches_pending_jobs_only(store: JobStore) -> None:
    await enqueue(store, new("a", 0), new("b", 1), new("c", 2), new("d", 3, owner="ann"))
    await claim(store)
    assert await store.cancel_pending(["b", "a", "nothing"]) == {"b": ""}
    assert await store.cancel_pending(None, "ann") == {"d": "ann"}
    assert await store.cancel_pending(None) == {"c": ""}
    assert await state(store, "a") is State.RUNNING


async def test_many_ids_take_few_statements(store: JobStore) -> None:
    await enqueue(store, new("a"), new("b"))
    said: list[str] = []
    event.listen(store._writing, "before_cursor_execute", lambda *given: said.append(given[2]))
    ids = ["b", *(f"unknown {number}" for number in range(2_500)), "a", "a"]
    assert await store.cancel_pending(ids) == {"a": "", "b": ""}
    assert await store.forget(ids) == 2
    assert len(said) < 20


async def test_leased_jobs_are_told_by_their_ids(store: JobStore) -> None:
    await enqueue(store, new("a", owner="ann"), new("b"), new("c"), new("d"))
    for _ in range(3):
        await claim(store)
    await store.cancel("b")  # which is to stop, and has not yet
    assert await store.leased() == ["a", "b", "c"]
    assert await store.leased("ann") == ["a"]


async def test_reorder_and_hold(store: JobStore) -> None:
    await enqueue(store, new("a", 0), new("b", 1), new("c", 2))
    assert await store.reorder("c", -1)
    assert await store.hold("a", True)
    assert not await store.hold("a", True)
    assert [(await claim(store))[0].id for _ in range(2)] == ["c", "b"]
    assert not await store.reorder("c", 5)
    assert await store.claim("w") is None
    assert await store.hold("a", False)
    assert (await claim(store))[0].id == "a"


async def test_a_held_queue_stays_held_when_the_store_is_opened_again(url: str) -> None:
    store = JobStore(url)
    await enqueue(store, new("a"))
    assert await store.hold(None, True)
    store.close()
    store = JobStore(url)
    try:
        assert await store.is_paused()
        assert await store.claim("w") is None
        assert await store.hold(None, False)
        assert not await store.hold(None, False)
        assert (await claim(store))[0].id == "a"
    finally:
        store.close()


async def finished(store: JobStore, *ids: str) -> None:
    for id in ids:
        await enqueue(store, new(id))
        _, lease = await claim(store)
        await store.finish(lease, State.SUCCEEDED, Result())


async def history(store: JobStore, *window: int | None) -> list[str]:
    return list(json.loads(await store.history_json(*window)))  # type: ignore[arg-type]


async def test_history_windows(store: JobStore) -> None:
    await finished(store, "a", "b", "c", "d", "e")
    await enqueue(store, new("never begun"))
    await store.cancel("never begun")
    assert await history(store) == ["a", "b", "c", "d", "e"]
    assert await history(store, 2) == ["d", "e"]
    assert await history(store, 2, 0) == ["a", "b"]
    assert await history(store, 2, 2) == ["c", "d"]
    assert await history(store, None, 3) == ["d", "e"]
    assert await history(store, None, 0) == ["a", "b", "c", "d", "e"]
    assert await history(store, 2, 5) == []


async def test_history_entries(store: JobStore) -> None:
    await enqueue(store, new("a", 4))
    _, lease = await claim(store)
    kept = [["execution_start", {"prompt_id": "old"}, 1], ["job_requeued", {}, 2]]
    kept += [["execution_start", {"prompt_id": "a"}, 3], ["execution_error", {"prompt_id": "a"}, 4]]
    await store.finish(lease, State.FAILED, Result(json.dumps(kept), '{"1": {"x": [1]}}', '{"1": {"node_id": "1"}}'))
    assert json.loads(await store.history_json())["a"] == {
        "prompt": [4, "a", {"1": {"class_type": "x"}}, {}, []],
        "outputs": {"1": {"x": [1]}},
        "status": {
            "status_str": "error",
            "completed": False,
            "messages": [["execution_start", {"prompt_id": "a"}], ["execution_error", {"prompt_id": "a"}]],
        },
        "meta": {"1": {"node_id": "1"}},
    }


async def test_retention_and_forgetting(store: JobStore) -> None:
    await finished(store, "a", "b", "c", "d")
    await enqueue(store, new("open"))
    assert await store.prune(3) == 1
    assert await store.prune(3) == 0
    assert await history(store) == ["b", "c", "d"]
    assert await store.forget(["c", "open", "unknown"]) == 1
    assert await store.forget(None, "somebody else") == 0
    assert await store.forget(None) == 2
    assert await state(store, "open") is State.QUEUED


async def test_pages(store: JobStore) -> None:
    await finished(store, "a", "b")
    await enqueue(store, new("c", owner="ann"), new("d"))
    page = await store.page(State, 2, 1)
    assert ([job.id for job in page.jobs], page.total) == (["c", "b"], 4)
    page = await store.page(ENDED, 10, 0, order=Order.OLDEST)
    assert ([job.id for job in page.jobs], page.total) == (["a", "b"], 2)
    assert [job.id for job in (await store.page(State, 10, 0, owner="ann")).jobs] == ["c"]


async def test_the_queue_as_json_is_the_fields(store: JobStore) -> None:
    await enqueue(store, new("a", 0, extra='{"client_id":"c"}', targets='["1"]'), new("b", 1))
    await claim(store)
    found = json.loads(await store.queue_json())
    assert found["queue_running"] == [[0, "a", {"1": {"class_type": "x"}}, {"client_id": "c"}, ["1"]]]
    assert [item[1] for item in found["queue_pending"]] == ["b"]


async def test_held_jobs_keep_their_place_in_the_queue_as_json(store: JobStore) -> None:
    odd = 'quote" back\\slash é'
    await enqueue(store, new("z", 2), new(odd, 1), new("y", 2), new("c", 1.5, explicit=True))
    assert await store.hold("c", True)
    pending = json.loads(await store.queue_json())["queue_pending"]
    assert [(item[0], item[1]) for item in pending] == [(1, odd), (1.5, "c"), (2, "y"), (2, "z")]
    assert [job.item for job in (await store.queue())[1]] == pending


async def test_numbers_go_on_where_open_jobs_have_them(store: JobStore) -> None:
    assert await store.next_number() == 0
    await enqueue(store, new("a", 5), new("b", -9), new("c", 1000, explicit=True))
    assert await store.next_number() == 10
    assert await store.count_open() == 3
