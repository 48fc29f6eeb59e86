"""Lists of jobs as newer servers of the field give them: filtered, sorted, counted and cut by the database."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, asc, case, desc, func, select

from server.jobs.operations import COLUMNS, OWNED, names, record
from server.jobs.reading import LISTED
from server.jobs.records import Page
from server.jobs.schema import jobs
from server.jobs.states import State
from server.jobs.summaries import summary
from server.workers.frames import dump

ALL = 2**62  # SQLite knows no offset without a limit
FAILED = jobs.c.state.in_(names((State.FAILED, State.QUARANTINED)))
# What a list tells of each job; of those that failed also their events, which say why.
REASONS = case((FAILED, jobs.c.events), else_="[]")
TOLD = [REASONS if column is jobs.c.events else listed for column, listed in zip(COLUMNS, LISTED, strict=True)]
TOOK = jobs.c.ended_at - jobs.c.started_at


class Sort(StrEnum):
    """What a list goes by."""

    CREATED = "created_at"
    DURATION = "execution_duration"  # jobs that have none, as they have not run and ended, come last either way


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which jobs, of which workflow, in which order. `limit=None`: all that follow the offset."""

    states: frozenset[State] = frozenset(State)
    workflow_id: str | None = None
    sort: Sort = Sort.CREATED
    descending: bool = True
    limit: int | None = None
    offset: int = 0

    @property
    def order(self) -> tuple[ColumnElement[Any], ...]:
        """Its order, in which no two jobs are equal."""
        way = desc if self.descending else asc
        return (way(jobs.c.seq),) if self.sort is Sort.CREATED else (way(TOOK).nulls_last(), way(jobs.c.seq))

    @property
    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """What its jobs have in common."""
        found: tuple[ColumnElement[bool], ...] = (OWNED, jobs.c.state.in_(sorted(names(self.states))))
        return found if self.workflow_id is None else (*found, jobs.c.workflow_id == self.workflow_id)

    @property
    def window(self) -> Select[Any]:
        """The places of its jobs, which an index gives without the wide rows."""
        limit = ALL if self.limit is None else self.limit
        return select(jobs.c.seq).where(*self.conditions).order_by(*self.order).limit(limit).offset(self.offset)


def listed(connection: Connection, wanted: Wanted, owner: str | None) -> Page:
    """A window of the jobs, without their workflows."""
    window = wanted.window.subquery()
    query = select(*TOLD).join(window, window.c.seq == jobs.c.seq).order_by(*wanted.order)
    rows = connection.execute(query, {"owner_": owner}).all()
    total = connection.execute(select(func.count()).where(*wanted.conditions), {"owner_": owner}).scalar()
    return Page([record(row) for row in rows], int(total or 0))


def listing_json(connection: Connection, wanted: Wanted, owner: str | None) -> bytes:
    """The body of `GET /jobs`."""
    page = listed(connection, wanted, owner)
    end = wanted.offset + len(page.jobs)
    facts = {"offset": wanted.offset, "limit": wanted.limit, "total": page.total, "has_more": end < page.total}
    return dump({"jobs": [summary(job) for job in page.jobs], "pagination": facts}).encode()
