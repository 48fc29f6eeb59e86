"""`/api/v1/jobs`: jobs as resources. A workflow may come in any form, with inputs put in."""

from __future__ import annotations

import json
from collections.abc import Awaitable

from aiohttp import web

from server.answers import NotThere, error_answer, json_answer
from server.bodies import BadBody, read_object, read_optional_object
from server.documents import JobDetail, JobList, JobSummary, Place, Submission
from server.handlers.asking import owner_of, whole
from server.handlers.prompt import answer, number_of, submission
from server.jobs.reading import Order
from server.jobs.records import JobRecord, Refused
from server.jobs.states import State
from server.keys import QUEUE, SETTINGS
from server.media import preview_of
from server.openapi import Parameter, number, operation, text

MOST = 1_000  # jobs of a list
LISTED = 100
KEY = Parameter(
    "Idempotency-Key", {"type": "string", "maxLength": 1000}, "Makes a repeated request harmless.", "header"
)
CHANGED = {"answer": JobSummary, "refusals": (404, 409)}


@operation(body=Submission, answer=JobSummary, parameters=(KEY,), status=(200, 201), refusals=(400, 409, 413, 429))
async def submit(request: web.Request) -> web.Response:
    """Queue a workflow; 201 with the job, 200 if the idempotency key gave one that was there."""
    body = await read_object(request)
    if "workflow" not in body:
        raise BadBody("Send {'workflow': ...}: the prompt form, or the editor's.")
    inputs = body.get("inputs")
    if not isinstance(inputs, dict | None):
        raise BadBody("'inputs' should be an object: {'NODE.INPUT': value}.")
    field = {**body, "prompt": body["workflow"], "prompt_id": body.get("id"), "extra_data": body.get("extra")}
    options = submission(field, request.app[SETTINGS].max_nodes)
    key, owner = request.headers.get("Idempotency-Key"), owner_of(request)
    result = await request.app[QUEUE].submit(**options, inputs=inputs, idempotency_key=key, owner=owner or "")
    if isinstance(result, Refused):
        return answer(result)
    headers = {"Location": f"/api/v1/jobs/{result.id}"}
    return json_answer(summary(await _found(request, result.id)), 200 if result.repeated else 201, headers)


@operation(
    answer=JobList,
    refusals=(400,),
    parameters=(
        text("state", "Only jobs in one of these states, separated by commas."),
        text("order", "newest or oldest submission first, or run: as they will run.", enum=[*Order]),
        number("limit", "How many, 1,000 at most.", minimum=0, default=LISTED),
        number("offset", "How many to skip.", minimum=0, default=0),
    ),
)
async def list_jobs(request: web.Request) -> web.Response:
    """A window of the jobs, the newest first; `state` takes several, separated by commas."""
    limit, offset = whole(request, "limit"), whole(request, "offset")
    page = await request.app[QUEUE].jobs(
        _states(request.query.get("state", "")),
        limit=min(max(LISTED if limit is None else limit, 0), MOST),
        offset=max(offset or 0, 0),
        order=_order(request.query.get("order", Order.NEWEST)),
        owner=owner_of(request),
    )
    return json_answer({"jobs": [summary(job) for job in page.jobs], "total": page.total})


@operation(answer=JobDetail, refusals=(404,))
async def show(request: web.Request) -> web.Response:
    """A job, with its workflow and what it shows."""
    return json_answer(detail(await _found(request, request.match_info["id"])))


@operation(**CHANGED)
async def cancel(request: web.Request) -> web.Response:
    """Cancel a job that has not ended."""
    return await _changed(request, request.app[QUEUE].cancel(request.match_info["id"], owner_of(request)))


@operation(**CHANGED)
async def retry(request: web.Request) -> web.Response:
    """Queue a job again that has ended without success."""
    return await _changed(request, request.app[QUEUE].retry(request.match_info["id"], owner_of(request)))


@operation(body=Place, answer=JobSummary, refusals=(400, 404, 409))
async def reorder(request: web.Request) -> web.Response:
    """Move a job that waits: to another number, or right before or behind another one that waits."""
    body, id, owner = await read_optional_object(request), request.match_info["id"], owner_of(request)
    queue = request.app[QUEUE]
    if (number := number_of(body.get("number"))) is not None:
        return await _changed(request, queue.reorder(id, number, owner))
    for side in ("before", "after"):
        if (other := body.get(side)) is not None:
            return await _changed(request, queue.move(id, str(other), before=side == "before", owner=owner))
    raise BadBody("Send {'number': ...}, {'before': JOB} or {'after': JOB}; lower numbers run first.")


@operation(**CHANGED)
async def pause(request: web.Request) -> web.Response:
    """Hold a job back that waits."""
    return await _changed(request, request.app[QUEUE].pause(request.match_info["id"], owner_of(request)))


@operation(**CHANGED)
async def resume(request: web.Request) -> web.Response:
    """Let a job go that was held back."""
    return await _changed(request, request.app[QUEUE].resume(request.match_info["id"], owner_of(request)))


async def _found(request: web.Request, id: str) -> JobRecord:
    job = await request.app[QUEUE].job(id, owner_of(request))
    if job is None:
        raise NotThere(f"There is no job {id}.")
    return job


async def _changed(request: web.Request, change: Awaitable[bool]) -> web.Response:
    """The job after a change; 409 if its state does not allow that."""
    done = await change
    job = await _found(request, request.match_info["id"])
    if done:
        return json_answer(summary(job))
    return error_answer(409, "wrong_state", f"The job is {job.state.value}; that does not allow this.")


def _states(text: str) -> list[State] | None:
    try:
        return [State(name.strip()) for name in text.split(",") if name.strip()] or None
    except ValueError:
        known = ", ".join(state.value for state in State)
        raise BadBody(f"'state' should be some of {known}, separated by commas.") from None


def _order(text: str) -> Order:
    try:
        return Order(text)
    except ValueError:
        raise BadBody(f"'order' should be one of {', '.join(Order)}.") from None


def summary(job: JobRecord) -> JobSummary:
    """A job in a list. Times are seconds since the epoch."""
    return {
        "id": job.id,
        "state": job.state.value,
        "number": json.loads(job.place),
        "client_id": job.client_id,
        "attempt": job.attempt,
        "crashes": job.crashes,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
        "error": job.error,
        "node_errors": json.loads(job.node_errors),
        "files": json.loads(job.files),
        "preview": preview_of(json.loads(job.outputs)),
    }


def detail(job: JobRecord) -> JobDetail:
    """A job by itself."""
    return {
        **summary(job),
        "prompt": json.loads(job.prompt),
        "extra": json.loads(job.extra),
        "targets": json.loads(job.targets),
        "outputs": json.loads(job.outputs),
        "meta": json.loads(job.meta),
    }
