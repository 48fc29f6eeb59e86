"""What servers over one PostgreSQL tell each other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table of events."""
    op.create_table(
        "events",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("server", sa.String, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("job", sa.String),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("client", sa.String),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("image", sa.LargeBinary),
        sa.Column("everybody", sa.Boolean, nullable=False),
    )
    op.create_index("events_of_server", "events", ["server", "seq"])
    op.create_index("events_told", "events", ["told_at"])
