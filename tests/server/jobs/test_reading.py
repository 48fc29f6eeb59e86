"""Lists that many clients ask for are read in the order of an index: none sorts the whole table."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select
from sqlalchemy.dialects import sqlite

from server.jobs.reading import ENDED_JOBS, LATEST, WITH_FILES
from server.jobs.store import JobStore

LISTS: dict[str, Select[Any]] = {
    "the latest of history": ENDED_JOBS.order_by(*LATEST).limit(64),
    "the gallery": WITH_FILES.limit(100),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_follows_an_index(tmp_path: Path, name: str) -> None:
    JobStore(f"sqlite:///{tmp_path}/jobs.db").close()
    query = str(LISTS[name].compile(dialect=sqlite.dialect()))  # type: ignore[no-untyped-call]
    with closing(sqlite3.connect(tmp_path / "jobs.db")) as store:
        plan = [row[3] for row in store.execute(f"EXPLAIN QUERY PLAN {query}", [None] * query.count("?"))]
    assert any("USING INDEX jobs_ended" in step for step in plan), plan
    assert not any("TEMP B-TREE FOR ORDER BY" in step for step in plan), plan
