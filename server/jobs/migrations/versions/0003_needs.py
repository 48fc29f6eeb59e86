"""Which models a job needs, and an index by owner."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add a column and an index."""
    op.add_column("jobs", sa.Column("needs", sa.Text, nullable=False, server_default="{}"))
    op.create_index("jobs_of_owner", "jobs", ["state", "owner", "number", "id"])
