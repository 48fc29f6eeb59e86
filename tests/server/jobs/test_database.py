"""Opening databases."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from server.jobs import database
from server.jobs.database import FileLock, StoreError, parse
from server.jobs.operations import Result
from server.jobs.records import NewJob
from server.jobs.states import State
from server.jobs.store import JobStore


@pytest.mark.parametrize("url", ["nonsense", "mysql://a/b", ""])
def test_what_is_no_database_url_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="sqlite:///FILE or postgresql://"):
        parse(url)


def test_one_sqlite_file_has_one_server(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/deep/er/jobs.db"
    store = JobStore(url)
    with pytest.raises(StoreError, match="Another server uses the jobs"):
        JobStore(url)
    store.close()
    JobStore(url).close()


def test_a_lock_is_let_go(tmp_path: Path) -> None:
    for _ in range(2):
        FileLock(tmp_path / "lock").release()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StoreError, match="cannot be opened"):
        JobStore(f"sqlite:///{path}")
    assert path.read_bytes() == b"this is no database at all" * 100
    FileLock(Path(f"{path}.lock")).release()  # nobody holds it


class PowerCut:
    """What would be on the disk if the power went: the files of a store as they were at its latest sync."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        self.folder, self._syncing = folder, database.syncing
        self._count = 0
        monkeypatch.setattr("server.jobs.store.syncing", self.syncing)

    def syncing(self, url: URL) -> Callable[[], None] | None:
        sync = self._syncing(url)
        assert sync is not None
        return lambda: self._sync(Path(str(url.database)), sync)

    def _sync(self, path: Path, sync: Callable[[], None]) -> None:
        sync()
        kept = self.folder / f"{self._count + 1}"
        kept.mkdir(parents=True)
        for file in path.parent.glob(f"{path.name}*"):
            if not file.name.endswith((".lock", "-shm")):
                shutil.copy(file, kept / file.name)
        self._count += 1

    async def state(self, id: str) -> State | None:
        """What a server that starts after the cut would find of a job."""
        store = JobStore(f"sqlite:///{self.folder}/{self._count}/jobs.db")
        job = await store.get(id)
        store.close()
        return None if job is None else job.state


async def test_what_was_told_survives_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = PowerCut(tmp_path / "cut", monkeypatch)
    (tmp_path / "live").mkdir()
    store = JobStore(f"sqlite:///{tmp_path}/live/jobs.db")
    for id in ("a", "b", "c"):
        await store.enqueue(NewJob(id, 0.0, "{}"))
        assert await cut.state(id) is State.QUEUED
    claimed = await store.claim("w")
    assert claimed is not None
    assert await cut.state("a") is State.QUEUED  # it waits again, as nobody is there any more who runs it
    await store.finish(claimed[1], State.SUCCEEDED, Result())
    assert await cut.state("a") is State.SUCCEEDED
    await store.cancel("b")
    assert await cut.state("b") is State.CANCELLED
    finishing = store.cancel("c")
    job = await store.get("c")  # whoever reads it is told nothing that could still be undone
    assert job is not None
    assert await cut.state("c") in (job.state, State.CANCELLED)  # it may have been cancelled since
    await finishing
    store.close()


async def test_a_log_that_a_checkpoint_has_emptied_needs_no_sync(tmp_path: Path) -> None:
    sync = database.syncing(parse(f"sqlite:///{tmp_path}/none.db"))
    assert sync is not None
    sync()
    assert database.syncing(parse("postgresql://host/name")) is None
