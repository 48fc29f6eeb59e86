"""Statements that go past SQLAlchemy: the same rows, and the same errors."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from server.jobs.records import NewJob
from server.jobs.schema import jobs
from server.jobs.statements import Statement, execute
from server.jobs.store import JobStore

RENAME = Statement(
    update(jobs)
    .where(jobs.c.id == bindparam("id_"), jobs.c.explicit.is_(False))
    .values(client_id=bindparam("client_"), worker="constant")
    .returning(jobs.c.client_id, jobs.c.worker)
)


async def test_values_go_by_name_beside_constants(store: JobStore) -> None:
    await store.enqueue(NewJob("a", 0.0, "{}"))
    values = {"client_": "it's", "id_": "a"}
    row = await store._write("test", lambda connection: RENAME.run(connection, values).fetchone())
    assert tuple(row) == ("it's", "constant")
    values = {"client_": "x", "id_": "nobody"}
    assert await store._write("test", lambda connection: RENAME.run(connection, values).fetchone()) is None


async def test_errors_are_those_of_sqlalchemy(store: JobStore) -> None:
    for id in ("a", "b"):
        await store.enqueue(NewJob(id, 0.0, "{}"))
    clash = Statement(text("UPDATE jobs SET id = 'a' WHERE id = :id"))
    with pytest.raises(IntegrityError):
        await store._write("test", lambda connection: clash.run(connection, {"id": "b"}))
    with pytest.raises((OperationalError, ProgrammingError)):
        await store._write("test", lambda connection: execute(connection, "SELECT nothing FROM nowhere"))
