"""Opening databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.jobs.database import FileLock, StoreError, parse
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


async def test_commits_are_synced(tmp_path: Path) -> None:
    store = JobStore(f"sqlite:///{tmp_path}/jobs.db")
    for name, value in (("synchronous", 2), ("journal_mode", "wal")):
        found = await store._write("test", lambda c, name=name: c.exec_driver_sql(f"PRAGMA {name}").scalar())  # type: ignore[misc]
        assert found == value
    store.close()
