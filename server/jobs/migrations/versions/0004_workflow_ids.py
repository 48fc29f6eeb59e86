"""Which workflow a job was made from, and an index that lists of jobs are made with."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from server.jobs.admission import workflow_id_of

revision = "0004"
down_revision = "0003"
NEXT = sa.text("SELECT seq, extra FROM jobs WHERE seq > :after AND extra LIKE '%workflow%' ORDER BY seq LIMIT 100")
FILL = sa.text("UPDATE jobs SET workflow_id = :workflow WHERE seq = :seq")


def upgrade() -> None:
    """Add a column, fill it from what jobs came with, and widen an index."""
    op.add_column("jobs", sa.Column("workflow_id", sa.String))
    connection, after = op.get_bind(), -1
    while rows := connection.execute(NEXT, {"after": after}).all():
        after = rows[-1].seq
        for seq, extra in rows:
            if (workflow := workflow_id_of(json.loads(extra))) is not None:
                connection.execute(FILL, {"seq": seq, "workflow": workflow})
    op.drop_index("jobs_of_owner", "jobs")
    op.create_index(
        "jobs_of_owner", "jobs", ["state", "owner", "number", "id", "workflow_id", "started_at", "ended_at"]
    )
