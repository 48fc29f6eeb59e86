"""Copies of the job store."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from graphcore.errors import UserError
from server.backup import back_up, restore
from server.jobs.database import StoreError
from server.jobs.records import NewJob
from server.jobs.store import JobStore


async def test_a_copy_of_a_store_in_use_is_whole_and_can_be_put_back(tmp_path: Path) -> None:
    url, copy = f"sqlite:///{tmp_path}/jobs.db", tmp_path / "copy.db"
    store = JobStore(url)
    await store.enqueue(NewJob("a", 0, "{}"))
    assert await store.claim("w") is not None
    assert back_up(url, copy) == 1
    await store.enqueue(NewJob("b", 1, "{}"))
    with pytest.raises(StoreError, match="Another server"):
        restore(url, copy)
    store.close()
    assert restore(url, copy) == 1
    again = JobStore(url)
    assert [job.id for job in await again.reclaim()] == ["a"]
    assert await again.get("b") is None
    again.close()
    replaced = sqlite3.connect(tmp_path / "jobs.db.replaced")
    assert replaced.execute("SELECT count(*) FROM jobs").fetchone() == (2,)
    replaced.close()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".part")]


async def test_what_is_no_sound_copy_is_refused_and_the_store_stays(tmp_path: Path) -> None:
    url, copy = f"sqlite:///{tmp_path}/jobs.db", tmp_path / "copy.db"
    store = JobStore(url)
    for number in range(200):
        await store.enqueue(NewJob(str(number), number, "x" * 1000))
    store.close()
    back_up(url, copy)
    damaged = bytearray(copy.read_bytes())
    damaged[8192:16384] = b"\xff" * 8192
    files = {"odd": b"no store", "empty": b"", "cut": copy.read_bytes()[:5000], "damaged": bytes(damaged)}
    for name, body in files.items():
        (tmp_path / name).write_bytes(body)
        with pytest.raises(UserError):
            restore(url, tmp_path / name)
    with sqlite3.connect(copy) as later:
        later.execute("UPDATE alembic_version SET version_num = '9999'")
    later.close()
    with pytest.raises(UserError, match="later version"):
        restore(url, copy)
    with pytest.raises(UserError, match="no job store"):
        back_up(f"sqlite:///{tmp_path}/gone.db", tmp_path / "x")
    with pytest.raises(UserError, match="pg_dump"):
        back_up("postgresql://me@127.0.0.1/jobs", tmp_path / "x")
    again = JobStore(url)
    assert (await again.counts()) == {"queued": 200}
    again.close()
