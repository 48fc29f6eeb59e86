"""The tables. What changes here needs a migration beside it (`migrations/versions`); a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),  # order of submission
    Column("id", String, nullable=False, unique=True),
    Column("number", Double, nullable=False),
    Column("explicit", Boolean, nullable=False),
    Column("state", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("client_id", String),
    Column("prompt", Text, nullable=False),
    Column("extra", Text, nullable=False),
    Column("targets", Text, nullable=False),
    Column("node_errors", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("worker", String),
    Column("lease_until", Double),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("ended_at", Double),
    Column("events", Text, nullable=False),
    Column("outputs", Text, nullable=False),
    Column("meta", Text, nullable=False),
    Column("files", Text, nullable=False),
    Column("error", Text),
    Column("idempotency_key", String),
    Column("digest", String, nullable=False),
    Column("needs", Text, nullable=False, server_default="{}"),
    Column("workflow_id", String),
    UniqueConstraint("owner", "idempotency_key", name="jobs_idempotency"),
    Index("jobs_order", "state", "number", "id"),
    Index("jobs_ended", "ended_at"),
    # Claims go by its first columns; lists are filtered, sorted and counted by all of it, without the wide rows.
    Index("jobs_of_owner", "state", "owner", "number", "id", "workflow_id", "started_at", "ended_at"),
    sqlite_autoincrement=True,
)

settings = Table(
    "settings",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)

# What servers over one PostgreSQL tell each other (`exchange`); a sole server leaves it empty.
events = Table(
    "events",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("server", String, nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("job", String),
    Column("owner", String, nullable=False),
    Column("client", String),
    Column("type", String, nullable=False),
    Column("data", Text, nullable=False),
    Column("image", LargeBinary),
    Column("everybody", Boolean, nullable=False),
    Index("events_of_server", "server", "seq"),
    Index("events_told", "told_at"),
)
