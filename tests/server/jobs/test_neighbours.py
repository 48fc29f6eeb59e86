"""Several servers over one PostgreSQL: any answers for any job, and tells what happens to it, wherever it runs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import create_engine, text

from server.jobs.database import parse
from tests.server.conformance.kit import Process, Socket, node
from tests.server.jobs.killing import Owner, check, go_on, rows, stop

PASSING = ("preview", "rough_preview", "progress_state", "status")


@pytest.fixture
def url(postgresql: str) -> str:
    """The URL of an empty database."""
    return postgresql


@pytest.fixture
def start(url: str, tmp_path: Path) -> Iterator[Any]:
    """Starts a server over the database; what still runs at the end is stopped."""
    started: list[Process] = []

    def begin() -> Process:
        started.append(Process(tmp_path, "--database", url))
        return started[-1]

    yield begin
    for server in started:
        if server.process.poll() is None:
            server.stop()


@contextlib.asynccontextmanager
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as opened:
        yield opened


async def submit(http: aiohttp.ClientSession, server: Process, kind: str, client: str = "", **inputs: Any) -> str:
    body = {"prompt": {"1": node(kind, **inputs)}, "client_id": client}
    async with http.post(f"{server.url}/prompt", data=json.dumps(body)) as response:
        assert response.status == 200, await response.text()
        return str((await response.json())["prompt_id"])


async def history(http: aiohttp.ClientSession, server: Process, *ids: str, seconds: float = 60.0) -> dict[str, Any]:
    """The entries of jobs, once all of them have ended."""
    async with asyncio.timeout(seconds):
        while True:
            async with http.get(f"{server.url}/history") as response:
                found: dict[str, Any] = await response.json()
            if set(ids) <= set(found):
                return {id: found[id] for id in ids}
            await asyncio.sleep(0.05)


class Follower:
    """Follows the events of all jobs, from whatever server there is, going on from what it heard last."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.last = "0"
        self.gaps = 0

    async def follow(self, http: aiohttp.ClientSession, server: Process) -> None:
        """Hear until the server goes."""
        headers = {"Last-Event-ID": self.last} if self.last != "0" else {}
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with http.get(f"{server.url}/api/v1/events", headers=headers) as response:
                async for line in response.content:
                    if line.startswith(b"id: "):
                        self.last = line[4:].decode().strip()
                    elif line.startswith(b"data: "):
                        self._heard(json.loads(line[6:]))

    def _heard(self, event: dict[str, Any]) -> None:
        self.gaps += event["type"] == "gap"
        if event["type"] not in (*PASSING, "gap"):
            self.events.append(event)

    def numbers(self) -> set[int]:
        return {event["number"] for event in self.events}

    def types(self, job: str) -> list[str]:
        known: dict[int, str] = {event["number"]: event["type"] for event in self.events if event["job"] == job}
        return [known[number] for number in sorted(known)]

    async def until(self, type: str, *jobs: str, seconds: float = 60.0) -> None:
        async with asyncio.timeout(seconds):
            while not all(type in self.types(job) for job in jobs):
                await asyncio.sleep(0.05)


def told(url: str) -> list[Any]:
    """(number, job, type, server) of the events that are kept in the store."""
    engine = create_engine(parse(url))
    with engine.begin() as connection:
        found = connection.execute(text("SELECT number, job, type, server FROM events ORDER BY number")).all()
    engine.dispose()
    return [row for row in found if row.type not in PASSING]


async def test_jobs_of_one_server_run_on_both_and_are_seen_through_the_other(start: Any, url: str) -> None:
    first, second = start(), start()
    async with session() as http:
        over_first, over_second = Follower(), Follower()
        following = [
            asyncio.create_task(follower.follow(http, server))
            for follower, server in ((over_first, first), (over_second, second))
        ]
        await asyncio.sleep(0.5)
        ids = [await submit(http, first, "Sleep", seconds=0.5) for _ in range(8)]
        entries = await history(http, second, *ids)
        assert all(entry["status"]["completed"] for entry in entries.values())
        for follower in (over_first, over_second):
            await follower.until("job_ended", *ids)
        assert over_first.numbers() == over_second.numbers()
        for id in ids:
            assert over_second.types(id) == over_first.types(id)
            assert {"job_queued", "job_running", "execution_start", "execution_success"} <= set(over_first.types(id))
        for task in following:
            task.cancel()
    assert len({row.server for row in told(url) if row.type == "job_running"}) == 2


async def test_a_client_hears_of_its_job_on_a_server_that_does_not_run_it(start: Any) -> None:
    first = start()
    async with session() as http:
        ready = await submit(http, first, "Show", value=1)
        await history(http, first, ready)
        second, client = start(), uuid.uuid4().hex
        busy = await submit(http, second, "Sleep", seconds=1.0)  # one of the two has it
        async with http.ws_connect(f"{second.url}/ws?clientId={client}") as response:
            socket = Socket(response)
            ids = [await submit(http, first, "Sleep", client, seconds=0.2) for _ in range(4)]
            for id in ids:
                await socket.done(id)
            said = [type for type, data in socket.heard if data.get("prompt_id") in ids]
            assert said.count("execution_start") == said.count("execution_success") == 4
        await history(http, second, busy)


async def test_a_job_is_cancelled_through_a_server_that_does_not_run_it(start: Any) -> None:
    first = start()
    async with session() as http:
        follower = Follower()
        id = await submit(http, first, "Sleep", seconds=60.0)
        following = asyncio.create_task(follower.follow(http, first))
        async with asyncio.timeout(30):
            while not (await (await http.get(f"{first.url}/queue")).json())["queue_running"]:
                await asyncio.sleep(0.05)
        second = start()
        async with http.post(f"{second.url}/interrupt", data="{}") as response:
            assert response.status == 200
        entry = (await history(http, second, id, seconds=15))[id]
        assert entry["status"]["messages"][-1][0] == "execution_interrupted"
        following.cancel()


async def test_no_event_is_lost_over_a_rolling_restart(start: Any, url: str) -> None:
    first, second = start(), start()
    async with session() as http:
        follower = Follower()
        following = asyncio.create_task(follower.follow(http, first))
        ids = [await submit(http, second, "Show", value=0)]
        await follower.until("job_ended", *ids)
        servers = [first, second]
        for turn in range(2):  # each server is replaced by a later one
            old = servers[turn]
            other = servers[turn + 1]
            ids += [await submit(http, old, "Sleep", seconds=0.2) for _ in range(3)]
            await asyncio.to_thread(old.stop)
            ids += [await submit(http, other, "Sleep", seconds=0.2) for _ in range(3)]
            await following
            following = asyncio.create_task(follower.follow(http, other))
            servers.append(await asyncio.to_thread(start))
        await history(http, servers[-1], *ids)
        await follower.until("job_ended", *ids)
        late = Follower()  # who was away over all of that
        late.last = str(follower.events[0]["number"])
        catching_up = asyncio.create_task(late.follow(http, servers[-1]))
        await late.until("job_ended", *ids[1:])
        catching_up.cancel()
        following.cancel()
    began = follower.events[0]["number"]
    assert {row.number for row in told(url) if row.number >= began} - follower.numbers() == set()
    assert {row.number for row in told(url) if row.number >= began} - late.numbers() == set()
    assert follower.gaps == late.gaps == 0
    assert all(follower.types(id).count("execution_success") == 1 for id in ids)


def test_a_server_that_is_killed_loses_nothing(url: str, tmp_path: Path) -> None:
    owners = [Owner(url, tmp_path, lease=2.0) for _ in range(2)]
    for owner in owners:
        assert owner.worker
    ids = {f"save{index}" for index in range(12)}
    for index, id in enumerate(sorted(ids)):
        owners[index % 2].ask(id=id, kind="save", name=f"{id}.txt", seconds=0.4)
    for index, id in enumerate(sorted(ids)):
        owners[index % 2].wait_for(accepted=id)
    while not running_on(url, owners[0]):
        time.sleep(0.01)
    owners[0].kill()
    cut_off = running_on(url, owners[0])
    assert cut_off, "the kill came when nothing ran there"
    owners[1].drain()
    check(url, tmp_path, ids, set(), {id for owner in owners for id in owner.reported_done()})
    assert [rows(url)[id].attempt for id in cut_off] == [2] * len(cut_off)
    for id in cut_off:
        owners[1].wait_for(event="job_requeued", job=id, attempt=1)


def test_a_job_that_is_cancelled_after_its_server_was_killed_is_told_to_have_ended(url: str, tmp_path: Path) -> None:
    killed, other = (Owner(url, tmp_path, lease=2.0) for _ in range(2))
    assert killed.worker
    assert other.worker
    for index in range(2):  # one for each
        killed.ask(id=f"sleep{index}", kind="sleep", seconds=60.0)
    while not (cut_off := running_on(url, killed)):
        time.sleep(0.01)
    killed.kill()
    other.ask(cancel=cut_off[0])
    other.wait_for(event="job_ended", job=cut_off[0], state="cancelled")
    other.kill()


def running_on(url: str, owner: Owner) -> list[str]:
    """The jobs that the store has as running on a server's worker."""
    worker = f"worker-of-{owner.process.pid}"
    return [row.id for row in rows(url).values() if row.state == "running" and row.worker == worker]


@pytest.mark.parametrize("who", ["server", "server and worker"])
def test_a_server_that_is_stopped_past_its_lease_changes_nothing(url: str, tmp_path: Path, who: str) -> None:
    owners = [Owner(url, tmp_path, lease=2.0) for _ in range(2)]
    held, other = owners
    pids = [held.process.pid, *([held.worker] if who != "server" else [])]
    assert other.worker
    ids = {f"save{index}" for index in range(6)}
    for id in sorted(ids):
        held.ask(id=id, kind="save", name=f"{id}.txt", seconds=0.5)
        held.wait_for(accepted=id)
    mine = str(held.wait_for(event="job_running", worker=f"worker-of-{held.process.pid}")["job"])
    for pid in pids:
        stop(pid)
    other.wait_for(event="job_ended", job=mine)  # begun again by the other one, once the lease is over
    before = rows(url)
    assert before[mine].attempt == 2
    for pid in reversed(pids):
        go_on(pid)
    held.ask(id="save-after", kind="save", name="after.txt")  # it goes on
    held.wait_for(accepted="save-after")
    for owner in owners:
        owner.drain()
    ids.add("save-after")
    check(url, tmp_path, ids, set(), ids)
    assert rows(url)[mine] == before[mine], "what came late was stored"
    ends = {
        (said["job"], said["number"]) for owner in owners for said in owner.said if said.get("event") == "job_ended"
    }
    assert sorted(job for job, _ in ends) == sorted(ids), "every job ends once"


async def test_a_database_that_crashes_under_load_loses_nothing(
    start: Any, url: str, postgresql_server: Any, tmp_path: Path
) -> None:
    servers = [start(), start()]
    async with session() as http:
        accepted = [await submit(http, servers[index % 2], "Sleep", seconds=0.3) for index in range(10)]
        await history(http, servers[0], accepted[0])
        await asyncio.to_thread(postgresql_server.stop)
        refused = json.dumps({"prompt": {"1": node("Show", value=1)}})
        async with http.post(f"{servers[0].url}/prompt", data=refused) as response:
            assert response.status == 503, "what cannot be stored must not be accepted"
        await asyncio.sleep(1.0)
        await asyncio.to_thread(postgresql_server.start)
        follower = Follower()
        following = asyncio.create_task(follower.follow(http, servers[1]))
        entries = await history(http, servers[1], *accepted)
        assert all(entry["status"]["completed"] for entry in entries.values())
        after = await submit(http, servers[0], "Show", value=2)
        await follower.until("job_ended", after)  # the servers hear each other again
        following.cancel()
    found = rows(url)
    assert set(accepted) <= set(found)
    assert all(row.state == "succeeded" for row in found.values())
