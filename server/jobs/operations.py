"""What can be done to a job, as statements: each change of state is an UPDATE that takes effect only where the job is
in a state that may be left for the new one. Functions over one connection; whoever calls them commits.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    Connection,
    CursorResult,
    Dialect,
    Executable,
    Float,
    String,
    TypeDecorator,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from server.jobs.records import JobRecord, Lease, NewJob, can_be_kept
from server.jobs.schema import jobs, settings
from server.jobs.statements import Statement
from server.jobs.states import ENDED, LEASED, PENDING, State, before

COLUMNS = [jobs.c[field.name] for field in fields(JobRecord)]
STATE, EXPLICIT = ([column.name for column in COLUMNS].index(name) for name in ("state", "explicit"))
EMPTY = {"attempt": 0, "crashes": 0, "events": "[]", "outputs": "{}", "meta": "{}", "files": "[]"}
FRESH = {*EMPTY, *(field.name for field in fields(NewJob)), "state", "created_at"}  # columns of a job that is stored
AT_ONCE = 1_000  # ids of a statement: databases take only so many values
PAUSED = "paused"  # the setting that holds the whole queue


class Clash(Exception):
    """The id belongs to an open job, or the idempotency key to another request. `str()` is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a job ended, as JSON texts."""

    events: str = "[]"
    outputs: str = "{}"
    meta: str = "{}"
    files: str = "[]"
    error: str | None = None


def record(row: Sequence[Any]) -> JobRecord:
    """A row of COLUMNS as a record."""
    values = list(row)
    values[STATE], values[EXPLICIT] = State(values[STATE]), bool(values[EXPLICIT])
    return JobRecord(*values)


def names(states: Iterable[State]) -> list[str]:
    """States as the store spells them."""
    return [state.value for state in states]


OWNER = bindparam("owner_", type_=String)
OWNED = or_(OWNER.is_(None), jobs.c.owner == OWNER)  # no owner: everybody's


class AskedFor(TypeDecorator[str]):
    """An id as a client sends it. One that cannot be kept is none: no job is called that, and no database takes it."""

    impl, cache_ok = String, True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """What the database is asked."""
        return value if value is not None and can_be_kept(value) else None


ID = jobs.c.id == bindparam("id_", type_=AskedFor)
IDS = jobs.c.id.in_(bindparam("ids_", type_=AskedFor, expanding=True))
FENCED = (
    ID,
    jobs.c.attempt == bindparam("attempt_"),
    or_(*(jobs.c.state == name for name in names(LEASED))),  # IN is put together anew each time
)

GET = select(*COLUMNS).where(ID, OWNED)
STORED = [column.name for column in jobs.c if column.name in FRESH]
INSERT = Statement(
    text(f"INSERT INTO jobs ({', '.join(STORED)}) VALUES (:{', :'.join(STORED)}) ON CONFLICT (id) DO NOTHING")
)
KEYED = select(*COLUMNS, jobs.c.digest).where(
    jobs.c.owner == OWNER, jobs.c.idempotency_key == bindparam("key_", type_=String)
)
REPLACE = delete(jobs).where(ID, jobs.c.state.in_(names(ENDED)), jobs.c.owner == OWNER)
FIRST = (
    select(jobs.c.seq)
    .where(jobs.c.state == State.QUEUED.value)
    .order_by(jobs.c.number, jobs.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
    .scalar_subquery()
)
HELD = select(settings.c.value).where(settings.c.name == PAUSED)
LEASING = (
    update(jobs)
    .where(jobs.c.state == State.QUEUED.value)
    .values(
        state=State.RUNNING.value,
        attempt=jobs.c.attempt + 1,
        worker=bindparam("worker_"),
        lease_until=bindparam("until_"),
        started_at=bindparam("now_"),
    )
    .returning(*COLUMNS)
)
CLAIM = Statement(LEASING.where(jobs.c.seq == FIRST, ~HELD.exists()))
ONE = select(jobs.c.seq).where(ID, jobs.c.state == State.QUEUED.value).with_for_update(skip_locked=True)
CLAIM_ONE = Statement(LEASING.where(jobs.c.seq == ONE.scalar_subquery()))  # whoever else wants it is not waited for
EXTEND = Statement(update(jobs).where(*FENCED).values(lease_until=bindparam("until_")).returning(jobs.c.state))
WANTED = bindparam("state_", type_=String)
FINISH = Statement(
    update(jobs)
    .where(*FENCED)
    .values(
        # a job that was told to stop does not succeed any more, however close it came
        state=case(
            ((jobs.c.state == State.CANCELLING.value) & (State.SUCCEEDED.value == WANTED), State.CANCELLED.value),
            else_=WANTED,
        ),
        worker=None,
        lease_until=None,
        ended_at=bindparam("now_"),
        events=bindparam("events_"),
        outputs=bindparam("outputs_"),
        meta=bindparam("meta_"),
        files=bindparam("files_"),
        error=bindparam("error_"),
    )
    .returning(jobs.c.state)
)
# What becomes of a leased job that has no worker any more.
AFTER_LOSS = case(
    (jobs.c.state == State.CANCELLING.value, State.CANCELLED.value),
    (jobs.c.crashes + bindparam("crashed_") >= bindparam("limit_"), State.QUARANTINED.value),
    else_=State.QUEUED.value,
)
LOSS: dict[str, Any] = {
    "state": AFTER_LOSS,
    "crashes": jobs.c.crashes + bindparam("crashed_"),
    "worker": None,
    "lease_until": None,
    "error": bindparam("error_", type_=String),
    "ended_at": case((AFTER_LOSS.in_(names(ENDED)), bindparam("now_", type_=Float)), else_=None),
}
GIVE_BACK = update(jobs).where(*FENCED).values(**LOSS, events=bindparam("events_")).returning(jobs.c.state)
RECLAIM = (
    update(jobs)
    .where(jobs.c.state.in_(names(LEASED)), jobs.c.lease_until < bindparam("before_", type_=Float))
    .values(**LOSS)
    .returning(*COLUMNS)
)
STOP_PENDING = (
    update(jobs)
    .where(ID, OWNED, jobs.c.state.in_(names(PENDING)))
    .values(state=State.CANCELLED.value, ended_at=bindparam("now_"))
    .returning(jobs.c.state)
)
STOP_RUNNING = (
    update(jobs)
    .where(ID, OWNED, jobs.c.state.in_(names(before(State.CANCELLING))))
    .values(state=State.CANCELLING.value)
    .returning(jobs.c.state)
)
STOP_ALL = (
    update(jobs)
    .where(OWNED, jobs.c.state.in_(names(PENDING)))
    .values(state=State.CANCELLED.value, ended_at=bindparam("now_"))
    .returning(jobs.c.id, jobs.c.owner)
)
FORGET = delete(jobs).where(OWNED, jobs.c.state.in_(names(ENDED)))
RETRY = (
    update(jobs)
    .where(ID, OWNED, jobs.c.state.in_(names(before(State.QUEUED) & ENDED)))
    .values(state=State.QUEUED.value, crashes=0, started_at=None, ended_at=None, error=None)
    .values(outputs="{}", meta="{}", files="[]")
)
REORDER = (
    update(jobs).where(ID, OWNED, jobs.c.state.in_(names(PENDING))).values(number=bindparam("number_"), explicit=True)
)
WAITING = select(jobs.c.number, jobs.c.id).where(jobs.c.state.in_(names(PENDING))).order_by(jobs.c.number, jobs.c.id)
MOVE = update(jobs).where(ID, OWNED, jobs.c.state == bindparam("from_")).values(state=bindparam("to_"))
OPEN_COUNT = select(func.count()).where(jobs.c.state.in_(names(PENDING | LEASED)))
NEXT_NUMBER = select(func.max(func.abs(jobs.c.number))).where(
    jobs.c.state.in_(names(PENDING | LEASED)), jobs.c.explicit.is_(False)
)
SURPLUS = (
    select(jobs.c.seq).where(jobs.c.ended_at.is_not(None)).order_by(jobs.c.ended_at.desc()).offset(bindparam("keep_"))
)


def enqueue(connection: Connection, job: NewJob) -> tuple[JobRecord | None, bool]:
    """(None, True) for a job that is new; else the job that was accepted before under the same key. Raises Clash."""
    if job.idempotency_key is not None and (known := _known(connection, job)) is not None:
        return known, False
    values = {name: getattr(job, name) for name in NewJob.__slots__}
    values |= EMPTY | {"state": State.QUEUED.value, "created_at": time.time()}
    try:
        if INSERT.run(connection, values).rowcount:
            return None, True
        if connection.execute(REPLACE, {"id_": job.id, "owner_": job.owner}).rowcount:
            INSERT.run(connection, values)
            return None, True
    except IntegrityError:  # another server has just stored a job under the same key
        pass
    raise Clash(f"There is a job {job.id} already; leave prompt_id out, or choose another.")


def _known(connection: Connection, job: NewJob) -> JobRecord | None:
    row = connection.execute(KEYED, {"owner_": job.owner, "key_": job.idempotency_key}).first()
    if row is None:
        return None
    *columns, digest = row
    if digest != job.digest:
        raise Clash("This idempotency key was used for another request; use a key of its own for each job.")
    return record(columns)


def claim(connection: Connection, worker: str, seconds: float) -> tuple[JobRecord, Lease] | None:
    """Lease the first queued job, unless the queue is paused."""
    now = time.time()
    row = CLAIM.run(connection, {"worker_": worker, "until_": now + seconds, "now_": now}).fetchone()
    if row is None:
        return None
    found = record(row)
    return found, Lease(found.id, found.attempt, worker, now + seconds)


def extend(connection: Connection, leases: Collection[Lease], seconds: float) -> dict[Lease, State]:
    """Move the ends of leases; lease -> state of its job, of those that still hold."""
    held: dict[Lease, State] = {}
    for lease in leases:
        values = {"id_": lease.job, "attempt_": lease.attempt, "until_": time.time() + seconds}
        row = EXTEND.run(connection, values).fetchone()
        if row is not None:
            held[lease] = State(row[0])
    return held


def finish(connection: Connection, lease: Lease, state: State, result: Result) -> State | None:
    """End a job under its lease; None if that is stale."""
    values = {f"{name}_": getattr(result, name) for name in Result.__slots__}
    values |= {"id_": lease.job, "attempt_": lease.attempt, "state_": state.value, "now_": time.time()}
    row = FINISH.run(connection, values).fetchone()
    return None if row is None else State(row[0])


def give_back(connection: Connection, lease: Lease, error: str | None, limit: int, events: str) -> State | None:
    """Take a job from its lost worker: queued again, quarantined or cancelled. `error`: of a crash, which counts."""
    values = _loss(error, limit) | {"id_": lease.job, "attempt_": lease.attempt, "events_": events}
    return _state(connection.execute(GIVE_BACK, values).scalar())


def reclaim(connection: Connection, expired_at: float) -> list[JobRecord]:
    """Take back every job whose lease ended before this time, as nobody works on it any more."""
    values = _loss(None, 1) | {"before_": expired_at, "limit_": 2**31 - 1}
    return [record(row) for row in connection.execute(RECLAIM, values)]


def _loss(error: str | None, limit: int) -> dict[str, Any]:
    return {"crashed_": 0 if error is None else 1, "limit_": limit, "error_": error, "now_": time.time()}


def cancel(connection: Connection, id: str, owner: str | None) -> State | None:
    """Cancel a pending job, or mark a running one; the state it is in then, None if there is nothing to cancel."""
    values = {"id_": id, "owner_": owner}
    state = connection.execute(STOP_PENDING, values | {"now_": time.time()}).scalar()
    return _state(state if state is not None else connection.execute(STOP_RUNNING, values).scalar())


def cancel_pending(connection: Connection, ids: Collection[str] | None, owner: str | None) -> dict[str, str]:
    """Cancel all pending jobs, or those of these ids; which ones that were -> whose."""
    values = {"owner_": owner, "now_": time.time()}
    if ids is None:
        return {row.id: row.owner for row in connection.execute(STOP_ALL, values)}
    return {row.id: row.owner for part in _in_parts(connection, STOP_ALL.where(IDS), values, ids) for row in part}


def retry(connection: Connection, id: str, owner: str | None) -> bool:
    """Queue an ended job again."""
    return bool(connection.execute(RETRY, {"id_": id, "owner_": owner}).rowcount)


def reorder(connection: Connection, id: str, number: float, owner: str | None) -> bool:
    """Give a pending job another number."""
    return bool(connection.execute(REORDER, {"id_": id, "owner_": owner, "number_": number}).rowcount)


def move(connection: Connection, id: str, other: str, before: bool, owner: str | None) -> bool:
    """Put a pending job right before or behind another one; False if one of them is not pending."""
    order = [tuple(row) for row in connection.execute(WAITING)]
    mine = {row.id for row in connection.execute(WAITING.where(OWNED), {"owner_": owner})}
    if not {id, other} <= mine or id == other:
        return False
    order = [entry for entry in order if entry[1] != id]
    place = next(index for index, entry in enumerate(order) if entry[1] == other) + (not before)
    lower = order[place - 1][0] if place else order[0][0] - 2
    upper = order[place][0] if place < len(order) else lower + 2
    number = (lower + upper) / 2
    if lower < number < upper:
        return reorder(connection, id, number, owner)
    # no number lies between neighbours that share one, or nearly do: all behind them move up
    ids = [id, *(entry[1] for entry in order[place:])]
    for step, moved in enumerate(ids, 1):
        connection.execute(REORDER, {"id_": moved, "owner_": None, "number_": lower + step})
    return True


def hold(connection: Connection, id: str, owner: str | None, paused: bool) -> bool:
    """Hold a queued job back, or let a paused one go."""
    source, target = (State.QUEUED, State.PAUSED) if paused else (State.PAUSED, State.QUEUED)
    values = {"id_": id, "owner_": owner, "from_": source.value, "to_": target.value}
    return bool(connection.execute(MOVE, values).rowcount)


def hold_all(connection: Connection, paused: bool) -> bool:
    """Stop or go on giving jobs to workers; False if that is how it was."""
    changed = connection.execute(delete(settings).where(settings.c.name == PAUSED)).rowcount
    if paused:
        connection.execute(settings.insert(), {"name": PAUSED, "value": "true"})
    return bool(changed) != paused


def forget(connection: Connection, ids: Collection[str] | None, owner: str | None) -> int:
    """Delete ended jobs: these, or all."""
    values = {"owner_": owner}
    if ids is None:
        return connection.execute(FORGET, values).rowcount
    return sum(part.rowcount for part in _in_parts(connection, FORGET.where(IDS), values, ids))


def _in_parts(
    connection: Connection, statement: Executable, values: Mapping[str, Any], ids: Collection[str]
) -> Iterator[CursorResult[Any]]:
    """Execute a statement about jobs of these ids: for each of them alone, many would hold up all who write."""
    found = list(dict.fromkeys(ids))
    for start in range(0, len(found), AT_ONCE):
        yield connection.execute(statement, {**values, "ids_": found[start : start + AT_ONCE]})


def prune(connection: Connection, keep: int) -> int:
    """Delete the ended jobs beyond the latest `keep`."""
    surplus = [row.seq for row in connection.execute(SURPLUS.limit(1000), {"keep_": keep})]
    return connection.execute(delete(jobs).where(jobs.c.seq.in_(surplus))).rowcount if surplus else 0


def count_open(connection: Connection) -> int:
    """How many jobs are pending or running."""
    return int(connection.execute(OPEN_COUNT).scalar() or 0)


def count_runnable(connection: Connection) -> int:
    """How many jobs run, or will as soon as there is a worker."""
    states = LEASED if is_paused(connection) else LEASED | {State.QUEUED}
    return int(connection.execute(select(func.count()).where(jobs.c.state.in_(names(states)))).scalar() or 0)


def next_number(connection: Connection) -> int:
    """The first number of the counter that no open job was given."""
    highest = connection.execute(NEXT_NUMBER).scalar()
    return 0 if highest is None else int(highest) + 1


def is_paused(connection: Connection) -> bool:
    """Whether the whole queue is held."""
    return connection.execute(select(literal(1)).where(HELD.exists())).scalar() is not None


def _state(name: str | None) -> State | None:
    return None if name is None else State(name)
