"""The first schema: jobs and settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "jobs",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("number", sa.Double, nullable=False),
        sa.Column("explicit", sa.Boolean, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("client_id", sa.String),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("extra", sa.Text, nullable=False),
        sa.Column("targets", sa.Text, nullable=False),
        sa.Column("node_errors", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("crashes", sa.Integer, nullable=False),
        sa.Column("worker", sa.String),
        sa.Column("lease_until", sa.Double),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("started_at", sa.Double),
        sa.Column("ended_at", sa.Double),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("outputs", sa.Text, nullable=False),
        sa.Column("meta", sa.Text, nullable=False),
        sa.Column("files", sa.Text, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("idempotency_key", sa.String),
        sa.Column("digest", sa.String, nullable=False),
        sa.UniqueConstraint("owner", "idempotency_key", name="jobs_idempotency"),
        sqlite_autoincrement=True,
    )
    op.create_index("jobs_order", "jobs", ["state", "number", "id"])
    op.create_index("jobs_ended", "jobs", ["ended_at"])
    op.create_table(
        "settings",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
