"""What is read from the store: records, and lists as JSON text, put together without parsing what lies there."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from enum import StrEnum
from json.encoder import encode_basestring_ascii as quote
from typing import Any

from sqlalchemy import Column, Connection, Select, bindparam, func, literal_column, select, text, union_all

from server.events import HISTORY
from server.jobs.operations import COLUMNS, GET, ID, OWNED, names, record
from server.jobs.records import JobRecord, Page
from server.jobs.schema import jobs
from server.jobs.statements import Statement
from server.jobs.states import LEASED, PENDING, State

STATUS = {State.SUCCEEDED: "success"}  # every other end is an error in the field's history
PENDING_JOBS = select(*COLUMNS).where(OWNED, jobs.c.state.in_(names(PENDING))).order_by(jobs.c.number, jobs.c.id)
LEASED_JOBS = select(*COLUMNS).where(OWNED, jobs.c.state.in_(names(LEASED))).order_by(jobs.c.started_at)
# What the field calls history: it was begun, and has ended. Its time is indexed in the order of the list; asked by its
# state, every ended job would be read and sorted.
ENDED_JOBS = select(*COLUMNS).where(OWNED, jobs.c.ended_at.is_not(None), jobs.c.started_at.is_not(None))


def items_in(states: Iterable[State], *order: Column[Any]) -> Statement:
    """The parts of queue items: number, explicit, id, and the rest as the database puts it together.

    One query a state, merged in order: the index has each of them sorted, which is what makes a list of 10,000 quick.
    """
    rest = jobs.c.prompt + "," + jobs.c.extra + "," + jobs.c.targets
    parts = (jobs.c.number, jobs.c.explicit, jobs.c.id, rest.label("rest"), jobs.c.started_at)
    queries = [select(*parts).where(OWNED, jobs.c.state == state.value) for state in sorted(states)]
    return Statement(union_all(*queries).order_by(*(text(column.name) for column in order)))


RUNNING_ITEMS = items_in(LEASED, jobs.c.started_at)
PENDING_ITEMS = items_in(PENDING, jobs.c.number, jobs.c.id)
LEASED_IDS = select(jobs.c.id).where(OWNED, jobs.c.state.in_(names(LEASED))).order_by(jobs.c.started_at)


# A list of jobs carries no workflows: records come with empty ones.
LEFT_OUT = {"prompt": "'{}'", "extra": "'{}'", "targets": "'[]'", "meta": "'{}'", "events": "'[]'"}
LISTED = [literal_column(LEFT_OUT[column.name]) if column.name in LEFT_OUT else column for column in COLUMNS]


class Order(StrEnum):
    """How a list of jobs is ordered."""

    NEWEST = "newest"  # by submission
    OLDEST = "oldest"
    RUN = "run"  # by place in the queue


ORDERS = {
    Order.NEWEST: (jobs.c.seq.desc(),),
    Order.OLDEST: (jobs.c.seq,),
    Order.RUN: (jobs.c.number, jobs.c.id),
}


def get(connection: Connection, id: str, owner: str | None) -> JobRecord | None:
    """One job."""
    row = connection.execute(GET, {"id_": id, "owner_": owner}).first()
    return None if row is None else record(row)


def queue(connection: Connection, owner: str | None) -> tuple[list[JobRecord], list[JobRecord]]:
    """(running, pending in their order)."""
    running, pending = (connection.execute(query, {"owner_": owner}) for query in (LEASED_JOBS, PENDING_JOBS))
    return [record(row) for row in running], [record(row) for row in pending]


def leased(connection: Connection, owner: str | None) -> list[str]:
    """The ids of the jobs that run."""
    return [row.id for row in connection.execute(LEASED_IDS, _of(owner))]


def queue_json(connection: Connection, owner: str | None) -> bytes:
    """The body of `GET /queue`."""
    lists = (_items(connection, query, owner) for query in (RUNNING_ITEMS, PENDING_ITEMS))
    return '{{"queue_running":[{}],"queue_pending":[{}]}}'.format(*lists).encode()


def _items(connection: Connection, query: Statement, owner: str | None) -> str:
    rows = query.run(connection, {"owner_": owner})
    return ",".join(
        [f"[{repr(number) if explicit else int(number)},{quote(id)},{rest}]" for number, explicit, id, rest, _ in rows]
    )


def page(
    connection: Connection, states: Collection[State], limit: int, offset: int, order: Order, owner: str | None
) -> Page:
    """A window of the jobs in these states, without their workflows."""
    every = set(states) == set(State)  # then the order of submission needs no sorting
    where = (OWNED,) if every else (OWNED, jobs.c.state.in_(names(states)))
    query = select(*LISTED).where(*where).order_by(*ORDERS[order]).limit(limit).offset(offset)
    rows = connection.execute(query, _of(owner))
    total = connection.execute(select(func.count()).where(*where), _of(owner)).scalar()
    return Page([record(row) for row in rows], int(total or 0))


# By the index of their times, backwards, until there are enough: asked by its state in a way that an index knows, every
# job that ended well would be read and sorted.
ENDED_WELL = (jobs.c.state + "") == State.SUCCEEDED.value
LATEST = (jobs.c.ended_at.desc(), jobs.c.seq.desc())
MADE_FILES = select(*LISTED).where(OWNED, ENDED_WELL, jobs.c.files != "[]").order_by(*LATEST)
WITH_FILES = MADE_FILES.where(jobs.c.ended_at < bindparam("before_"))
OF_A_MOMENT = MADE_FILES.where(jobs.c.ended_at == bindparam("at_"))


def finished_with_files(connection: Connection, limit: int, before: float | None, owner: str | None) -> list[JobRecord]:
    """Jobs that ended well and have made files, the latest first; more than `limit` where the last ones ended at one
    moment, so that nothing lies between windows that a time tells apart.
    """
    values = _of(owner) | {"before_": 1e300 if before is None else before}
    found = [record(row) for row in connection.execute(WITH_FILES.limit(limit), values)]
    if len(found) < limit:
        return found
    last = found[-1].ended_at
    of_then = [record(row) for row in connection.execute(OF_A_MOMENT, _of(owner) | {"at_": last})]
    return [job for job in found if job.ended_at != last] + of_then


def counts(connection: Connection) -> dict[State, int]:
    """State -> how many jobs are in it."""
    rows = connection.execute(select(jobs.c.state, func.count()).group_by(jobs.c.state))
    return {State(state): count for state, count in rows}


def _of(owner: str | None) -> dict[str, Any]:
    return {"owner_": owner}


def history(connection: Connection, max_items: int | None, offset: int, owner: str | None) -> list[JobRecord]:
    """Ended jobs, oldest first. Windows as the field has them: without an offset `max_items` means the last ones."""
    query: Select[tuple[object, ...]] = ENDED_JOBS
    if max_items is not None and offset < 0:
        rows = connection.execute(query.order_by(*LATEST).limit(max(max_items, 0)), _of(owner)).all()[::-1]
        return [record(row) for row in rows]
    query = query.order_by(jobs.c.ended_at, jobs.c.seq).offset(max(offset, 0))
    if max_items is not None:
        query = query.limit(max(max_items, 0))
    elif offset > 0:
        query = query.limit(2**62)  # SQLite knows no offset without a limit
    return [record(row) for row in connection.execute(query, _of(owner))]


def history_json(connection: Connection, max_items: int | None, offset: int, owner: str | None) -> bytes:
    """The body of `GET /history`."""
    found = history(connection, max_items, offset, owner)
    return ("{" + ",".join(f"{json.dumps(job.id)}:{entry_json(job)}" for job in found) + "}").encode()


def history_of(connection: Connection, id: str, owner: str | None) -> bytes:
    """The body of `GET /history/{id}`: nothing while the job has not ended."""
    row = connection.execute(ENDED_JOBS.where(ID), {"id_": id, "owner_": owner}).first()
    return b"{}" if row is None else f"{{{json.dumps(id)}:{entry_json(record(row))}}}".encode()


def entry_json(job: JobRecord) -> str:
    """A job as the field's history shows it."""
    status = json.dumps(status_of(job))
    return f'{{"prompt":{job.item_json},"outputs":{job.outputs},"status":{status},"meta":{job.meta}}}'


def status_of(job: JobRecord) -> dict[str, object]:
    """How a job ended, as the field's history tells it."""
    return {
        "status_str": STATUS.get(job.state, "error"),
        "completed": job.state is State.SUCCEEDED,
        "messages": messages(job),
    }


def messages(job: JobRecord) -> list[list[object]]:
    """[type, data] of what history keeps of the last attempt."""
    found: list[list[object]] = []
    for type, data, _ in json.loads(job.events):
        if type == "execution_start":
            found = []
        if type in HISTORY:
            found.append([type, data])
    return found
