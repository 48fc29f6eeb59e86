"""`/jobs`: jobs as newer servers of the field list them. What went wrong is told as `{"error": "a sentence"}`."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import wraps
from typing import TypeVar

from aiohttp import web

from server.answers import NotThere, json_answer, json_text
from server.bodies import BadBody, read_object
from server.handlers.asking import owner_of, whole
from server.jobs.admission import LONGEST_ID, is_id
from server.jobs.listing import Sort, Wanted
from server.jobs.states import State
from server.jobs.summaries import STATUS, STATUSES, detail
from server.keys import QUEUE
from server.security import Handler

E = TypeVar("E", bound=StrEnum)


class Direction(StrEnum):
    """Which way a list goes."""

    ASCENDING = "asc"
    DESCENDING = "desc"


def plainly(handler: Handler) -> Handler:
    """Answer as clients of these routes read it where a request is wrong, or asks for what is not there."""

    @wraps(handler)
    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except BadBody as error:
            return json_answer({"error": str(error)}, 400)
        except NotThere as error:
            return json_answer({"error": str(error)}, 404)

    return answered


@plainly
async def list_jobs(request: web.Request) -> web.StreamResponse:
    """A window of the jobs, the newest first unless it is said otherwise."""
    limit, offset = whole(request, "limit"), whole(request, "offset")
    if limit is not None and limit < 1:
        raise BadBody("'limit' should be 1 or more; leave it out to be given all jobs.")
    wanted = Wanted(
        _states(request.query.get("status", "")),
        request.query.get("workflow_id") or None,
        _choice(request, "sort_by", Sort.CREATED),
        _choice(request, "sort_order", Direction.DESCENDING) is Direction.DESCENDING,
        limit,
        max(offset or 0, 0),
    )
    if wanted.workflow_id is not None:
        _check([wanted.workflow_id], "workflow_id")
    return json_text(await request.app[QUEUE].listing_json(wanted, owner_of(request)))


@plainly
async def show(request: web.Request) -> web.StreamResponse:
    """A job, with its workflow and what it shows."""
    id = request.match_info["id"]
    job = await request.app[QUEUE].job(id, owner_of(request))
    if job is None:
        raise _unknown(id)
    return json_answer(detail(job))


@plainly
async def cancel(request: web.Request) -> web.StreamResponse:
    """Cancel a job that has not ended."""
    id, queue, owner = request.match_info["id"], request.app[QUEUE], owner_of(request)
    cancelled = await queue.cancel(id, owner)
    if not cancelled and await queue.job(id, owner) is None:
        raise _unknown(id)
    return json_answer({"cancelled": cancelled})


@plainly
async def cancel_some(request: web.Request) -> web.StreamResponse:
    """Cancel those of these jobs that have not ended; unknown ones are none."""
    body, queue, owner = await read_object(request), request.app[QUEUE], owner_of(request)
    ids = body.get("job_ids")
    if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
        raise BadBody("Send {'job_ids': [...]}, a list of the ids of jobs.")
    _check(ids, "job_ids")
    taken_back = await queue.delete_pending(ids, owner)
    stopped = await queue.interrupt(ids, owner)  # in this order: none of them begins in between
    return json_answer({"cancelled": taken_back > 0 or stopped})


def _unknown(id: str) -> NotThere:
    return NotThere(f"There is no job {id}; GET /jobs lists those that there are.")


def _check(ids: Iterable[str], name: str) -> None:
    if not all(is_id(id) for id in ids):
        raise BadBody(f"What '{name}' names should be printable, and {LONGEST_ID} characters at most.")


def _states(text: str) -> frozenset[State]:
    """The states that a list of statuses means; every one, if it is empty."""
    wanted = {name.strip() for name in text.split(",")} - {""}
    if not wanted <= set(STATUSES):
        raise BadBody(f"'status' should be some of {', '.join(STATUSES)}, separated by commas.")
    return frozenset(state for state, status in STATUS.items() if status in wanted or not wanted)


def _choice(request: web.Request, name: str, default: E) -> E:
    """One of some words of the query."""
    kind = type(default)
    try:
        return kind(request.query.get(name) or default)
    except ValueError:
        raise BadBody(f"'{name}' should be {' or '.join(kind)}.") from None
