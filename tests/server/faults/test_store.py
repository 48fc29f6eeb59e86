"""The job store, and copies of it, on a disk that takes no more."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest

from graphcore.errors import UserError
from server import backup
from server.atomic import PART
from server.jobs.store import JobStore
from tests.server.conformance.kit import node, prompt
from tests.server.faults.client import client_of, sentence
from tests.server.faults.disk import Limited, Small


async def test_a_job_that_cannot_be_stored_is_refused(disk: Limited | Small) -> None:
    async with client_of(disk) as client:
        last = await client.submit(prompt("Show", value=1))
        await client.ended(last)
        big = {"1": node("Show", value=2), "2": node("Show", value=[1] * 100)}
        with disk.full():
            sentence(await client.post("/prompt", {"prompt": big}, status=503), "store")
            await client.get("/queue")
            assert list(await client.get("/history")) == [last]  # what can be answered is
        assert (await client.get("/queue"))["queue_pending"] == []
        again = await client.submit(prompt("Show", value=3))
        assert (await client.ended(again))[again]["status"]["completed"]
        assert sound(disk)


async def test_an_end_that_cannot_be_stored_waits_for_room(disk: Limited | Small) -> None:
    async with client_of(disk) as client, client.socket("me") as heard:
        id = await client.submit(prompt("Sleep", seconds=0.5), client_id="me")
        await heard.until("executing", prompt_id=id)
        with disk.full():
            await asyncio.sleep(1.5)  # the job ends meanwhile
            assert await client.get(f"/history/{id}") == {}  # nothing is told that is not kept
        await heard.done(id)
        assert (await client.ended(id))[id]["status"]["completed"]
        assert sound(disk)


@pytest.mark.parametrize("change", ["delete", "clear", "hold"])
async def test_a_change_of_the_queue_that_cannot_be_stored_is_refused(disk: Limited | Small, change: str) -> None:
    async with client_of(disk) as client:
        first = await client.submit(prompt("Sleep", seconds=3.0))
        await client.begun(first)
        ids = [await client.submit(prompt("Show", value=number)) for number in range(40)]
        path, body = {
            "delete": ("/queue", {"delete": ids}),
            "clear": ("/queue", {"clear": True}),
            "hold": ("/api/v1/queue/pause", None),
        }[change]
        with disk.full():
            status = {"small": (200, 503), "limited": (503,)}[kind_of(disk)]  # a page may have room for a small change
            async with client.session.post(client.url + path, data=json.dumps(body)) as response:
                assert response.status in status
                if response.status == 503:
                    sentence(await response.json(), "store")
                    pending = (await client.get("/queue"))["queue_pending"]
                    assert sorted(item[1] for item in pending) == sorted(ids)
        await client.post("/api/v1/queue/resume")
        await client.clean()
        assert sound(disk)


def kind_of(disk: Limited | Small) -> str:
    return "limited" if isinstance(disk, Limited) else "small"


def sound(disk: Limited | Small) -> bool:
    """Whether the store, as it lies on the disk while nothing happens, is whole."""
    with tempfile.TemporaryDirectory() as folder:  # SQLite follows no path into another process's file systems
        for name in ("jobs.db", "jobs.db-wal"):
            if (source := disk.root / ".graphcore" / name).exists():
                shutil.copyfile(source, Path(folder) / name)
        with contextlib.closing(sqlite3.connect(Path(folder) / "jobs.db")) as store:
            return bool(store.execute("PRAGMA integrity_check").fetchone() == ("ok",))


@pytest.fixture
def store(tmp_path: Path) -> str:
    """The URL of a store with a hundred jobs."""
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    JobStore(url).close()
    with contextlib.closing(sqlite3.connect(tmp_path / "jobs.db")) as connection, connection:
        connection.execute("CREATE TABLE filler (text)")
        connection.executemany("INSERT INTO filler VALUES (?)", [("x" * 1000,)] * 500)
    return url


def test_a_copy_of_the_store_is_whole_or_not_there(tmp_path: Path, store: str, limit: Any) -> None:
    target = tmp_path / "copies" / "monday.db"
    target.parent.mkdir()
    with limit(100_000), pytest.raises(UserError, match="Check the folder, and its room"):
        backup.back_up(store, target)
    assert list(target.parent.iterdir()) == []
    assert backup.back_up(store, target) == 0


def test_a_store_is_restored_or_as_it_was(tmp_path: Path, store: str, limit: Any) -> None:
    target = tmp_path / "monday.db"
    backup.back_up(store, target)
    before = (tmp_path / "jobs.db").read_bytes()
    with limit(100_000), pytest.raises(UserError, match="Check the folder, and its room"):
        backup.restore(store, target)
    assert (tmp_path / "jobs.db").read_bytes() == before
    assert backup.restore(store, target) == 0
    assert [path.name for path in tmp_path.glob(f"{PART}*")] == []
