"""`/api/v1/jobs`: jobs as resources. A workflow may come in any form, with inputs put in."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from typing import Any

from aiohttp import web

from server.answers import error_answer, json_answer
from server.bodies import BadBody, read_object, read_optional_object
from server.handlers.asking import owner_of, whole
from server.handlers.prompt import answer, number_of, submission
from server.jobs.records import JobRecord, Refused
from server.jobs.states import State
from server.keys import QUEUE, SETTINGS

MOST = 1_000  # jobs of a list
LISTED = 100


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


async def list_jobs(request: web.Request) -> web.Response:
    """A window of the jobs, the newest first; `state` takes several, separated by commas."""
    limit, offset = whole(request, "limit"), whole(request, "offset")
    page = await request.app[QUEUE].jobs(
        _states(request.query.get("state", "")),
        limit=min(max(LISTED if limit is None else limit, 0), MOST),
        offset=max(offset or 0, 0),
        newest_first=request.query.get("order", "newest") != "oldest",
        owner=owner_of(request),
    )
    return json_answer({"jobs": [summary(job) for job in page.jobs], "total": page.total})


async def show(request: web.Request) -> web.Response:
    """A job, with its workflow and what it shows."""
    return json_answer(detail(await _found(request, request.match_info["id"])))


async def cancel(request: web.Request) -> web.Response:
    """Cancel a job that has not ended."""
    return await _changed(request, request.app[QUEUE].cancel(request.match_info["id"], owner_of(request)))


async def retry(request: web.Request) -> web.Response:
    """Queue a job again that has ended without success."""
    return await _changed(request, request.app[QUEUE].retry(request.match_info["id"], owner_of(request)))


async def reorder(request: web.Request) -> web.Response:
    """Give a job that waits another number; lower ones run first."""
    number = number_of((await read_optional_object(request)).get("number"))
    if number is None:
        raise BadBody("Send {'number': ...}; lower numbers run first.")
    return await _changed(request, request.app[QUEUE].reorder(request.match_info["id"], number, owner_of(request)))


async def pause(request: web.Request) -> web.Response:
    """Hold a job back that waits."""
    return await _changed(request, request.app[QUEUE].pause(request.match_info["id"], owner_of(request)))


async def resume(request: web.Request) -> web.Response:
    """Let a job go that was held back."""
    return await _changed(request, request.app[QUEUE].resume(request.match_info["id"], owner_of(request)))


async def _found(request: web.Request, id: str) -> JobRecord:
    job = await request.app[QUEUE].job(id, owner_of(request))
    if job is None:
        raise web.HTTPNotFound(text=f"There is no job {id}.")
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


def summary(job: JobRecord) -> dict[str, Any]:
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
    }


def detail(job: JobRecord) -> dict[str, Any]:
    """A job by itself."""
    texts = {"prompt": job.prompt, "extra": job.extra, "targets": job.targets, "outputs": job.outputs, "meta": job.meta}
    return {**summary(job), **{name: json.loads(text) for name, text in texts.items()}}
