"""A store that was migrated from nothing is the store that is created."""

from __future__ import annotations

import json

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from server.jobs.database import parse
from server.jobs.migrations import HEAD, NewerStore, migrate, prepare
from server.jobs.schema import metadata

OLD_JOB = text(
    "INSERT INTO jobs (id, number, explicit, state, owner, prompt, extra, targets, node_errors, attempt, crashes,"
    " created_at, events, outputs, meta, files, digest)"
    " VALUES (:id, 0, false, 'queued', '', '{}', :extra, '[]', '{}', 0, 0, 0, '[]', '{}', '{}', '[]', '')"
)


def test_migrations_lead_to_the_schema(url: str) -> None:
    engine = create_engine(parse(url))
    with engine.begin() as connection:
        migrate(connection, None)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
        prepare(connection)
    engine.dispose()


def test_an_empty_store_is_created_at_once(url: str) -> None:
    engine = create_engine(parse(url))
    with engine.begin() as connection:
        prepare(connection)
        prepare(connection)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
    engine.dispose()


def test_a_store_of_a_later_version_is_left_alone(url: str) -> None:
    engine = create_engine(parse(url))
    with engine.begin() as connection:
        prepare(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with engine.begin() as connection, pytest.raises(NewerStore, match="9999, which is newer"):
        prepare(connection)
    engine.dispose()


def test_jobs_of_an_older_store_get_the_workflows_that_they_came_with(url: str) -> None:
    came = {
        "good": {"extra_pnginfo": {"workflow": {"id": "w"}}},
        "odd": {"extra_pnginfo": {"workflow": []}},
        "none": {},
    }
    engine = create_engine(parse(url))
    with engine.begin() as connection:
        migrate(connection, None, "0003")
        for id, extra in came.items():
            connection.execute(OLD_JOB, {"id": id, "extra": json.dumps(extra)})
        migrate(connection, "0003")
        rows = connection.execute(text("SELECT id, workflow_id FROM jobs"))
        assert {row.id: row.workflow_id for row in rows} == {"good": "w", "odd": None, "none": None}
    engine.dispose()
