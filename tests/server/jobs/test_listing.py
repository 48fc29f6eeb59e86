"""Lists of jobs, filtered, sorted and cut, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from server.jobs.listing import Sort, Wanted
from server.jobs.operations import Result
from server.jobs.states import PENDING, State
from server.jobs.store import JobStore
from tests.server.jobs.test_store import claim, enqueue, new

ERROR = '[["execution_start", {}, 1], ["execution_error", {"exception_message": "broken"}, 2]]'


async def ids(store: JobStore, owner: str | None = None, **wanted: Any) -> list[str]:
    return [job["id"] for job in (await listing(store, owner, **wanted))["jobs"]]


async def listing(store: JobStore, owner: str | None = None, **wanted: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await store.listing_json(Wanted(**wanted), owner))
    return found


async def ended(store: JobStore, *ids: str, state: State = State.SUCCEEDED, **more: Any) -> None:
    for id in ids:
        await enqueue(store, new(id, **more))
        _, lease = await claim(store)
        await store.finish(lease, state, Result(ERROR, '{"1": {"text": ["x"]}}'))


async def test_jobs_are_listed_by_their_submission(store: JobStore) -> None:
    await ended(store, "c", "a")
    await enqueue(store, new("b", -5), new("d"))
    assert await ids(store) == ["d", "b", "a", "c"]
    assert await ids(store, descending=False) == ["c", "a", "b", "d"]


async def test_windows_say_whether_there_is_more(store: JobStore) -> None:
    await enqueue(store, *(new(str(number), number) for number in range(5)))
    found = await listing(store, limit=2, offset=1)
    assert [job["id"] for job in found["jobs"]] == ["3", "2"]
    assert found["pagination"] == {"offset": 1, "limit": 2, "total": 5, "has_more": True}
    found = await listing(store, limit=2, offset=3)
    assert (len(found["jobs"]), found["pagination"]["has_more"]) == (2, False)
    found = await listing(store, offset=1)
    assert (len(found["jobs"]), found["pagination"]["limit"]) == (4, None)
    assert await ids(store, limit=2, offset=9) == []


async def test_states_workflows_and_owners_are_told_apart(store: JobStore) -> None:
    await ended(store, "a", workflow_id="w")
    await ended(store, "b", state=State.FAILED, owner="ann")
    await enqueue(store, new("c", workflow_id="w", owner="ann"), new("d", workflow_id="v"))
    assert await store.hold("d", True)
    assert await ids(store, states=PENDING) == ["d", "c"]
    assert await ids(store, states=frozenset({State.FAILED, State.SUCCEEDED})) == ["b", "a"]
    assert await ids(store, workflow_id="w") == ["c", "a"]
    assert await ids(store, workflow_id="w", states=PENDING) == ["c"]
    assert await ids(store, "ann") == ["c", "b"]
    assert (await listing(store, "ann", workflow_id="w"))["pagination"]["total"] == 1
    assert await ids(store, "bob") == []


async def test_jobs_that_did_not_run_come_last_by_duration(store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 1000.0
    monkeypatch.setattr(time, "time", lambda: clock)
    for id, seconds in (("middle", 20), ("long", 30), ("short", 10)):
        await enqueue(store, new(id))
        _, lease = await claim(store)
        clock += seconds
        await store.finish(lease, State.SUCCEEDED, Result())
    await enqueue(store, new("waits"), new("taken back", 1))
    await store.cancel("taken back")
    await claim(store)  # and runs
    assert await ids(store, sort=Sort.DURATION) == ["long", "middle", "short", "taken back", "waits"]
    assert await ids(store, sort=Sort.DURATION, descending=False, limit=4) == ["short", "middle", "long", "waits"]


async def test_only_failures_say_why(store: JobStore) -> None:
    await ended(store, "a")
    await ended(store, "b", state=State.FAILED)
    failed, fine = (await listing(store))["jobs"]
    assert failed["execution_error"] == {"exception_message": "broken"}
    assert "execution_error" not in fine
    assert fine["preview_output"]["content"] == "x"


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(frozenset(PENDING), limit=100),
        Wanted(workflow_id="w", limit=100),
        Wanted(sort=Sort.DURATION, limit=100),
    ],
    ids=["waiting", "workflow", "duration"],
)
def test_a_window_is_found_without_the_wide_rows(tmp_path: Path, wanted: Wanted) -> None:
    JobStore(f"sqlite:///{tmp_path}/jobs.db").close()
    window = wanted.window.params(owner_="ann")
    query = str(window.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))  # type: ignore[no-untyped-call]
    with closing(sqlite3.connect(tmp_path / "jobs.db")) as store:
        plan = [row[3] for row in store.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert any("USING COVERING INDEX jobs_of_owner" in step for step in plan), plan
