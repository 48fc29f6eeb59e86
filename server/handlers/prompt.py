"""`/prompt`: submit a workflow, and how much there is to do."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from graphcore.reports import no_prompt
from server import extensions
from server.answers import json_answer
from server.bodies import BadBody, read_object, strings
from server.handlers.asking import owner_of
from server.jobs.records import Accepted, Refused
from server.keys import QUEUE, SETTINGS, STORAGE


async def remaining(request: web.Request) -> web.Response:
    """How many jobs are pending or running."""
    return json_answer({"exec_info": {"queue_remaining": request.app[QUEUE].remaining()}})


async def submit(request: web.Request) -> web.Response:
    """Queue a workflow, as packs that want to see it first have changed it."""
    body = await read_object(request)
    if await asyncio.to_thread(extensions.may_rewrite, request.app[STORAGE].folders):
        body = await request.app[QUEUE].rewritten(body)
    if "prompt" not in body:
        report = no_prompt()
        return json_answer({"error": report.error, "node_errors": report.node_errors}, 400)
    options = submission(body, request.app[SETTINGS].max_nodes)
    key = request.headers.get("Idempotency-Key")
    return answer(await request.app[QUEUE].submit(**options, idempotency_key=key, owner=owner_of(request) or ""))


def submission(body: Mapping[str, Any], max_nodes: int) -> dict[str, Any]:
    """The arguments of `JobQueue.submit` that a body in the field's form means. BadBody says what is wrong with it."""
    prompt, extra, client = body["prompt"], body.get("extra_data") or {}, body.get("client_id")
    if not isinstance(prompt, dict):
        raise BadBody("'prompt' should be an object of nodes; save the workflow in the API format, or send it whole.")
    if len(prompt) > max_nodes:
        raise BadBody(f"The prompt has {len(prompt)} nodes; {max_nodes} are allowed.")
    if not isinstance(extra, dict):
        raise BadBody("'extra_data' should be an object.")
    id, targets = body.get("prompt_id"), body.get("partial_execution_targets")
    return {
        "prompt": prompt,
        "extra": extra,
        "client_id": None if client is None else str(client),
        "number": number_of(body.get("number")),
        "front": bool(body.get("front")),
        "targets": None if targets is None else strings(body, "partial_execution_targets"),
        "id": None if id is None else str(id),
    }


def number_of(value: Any) -> float | None:
    """A place in the queue as a client gives it."""
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise BadBody("'number' should be a number.") from None
    if not math.isfinite(number):
        raise BadBody("'number' should be a finite number.")
    return number


def answer(result: Accepted | Refused) -> web.Response:
    """What became of a submission."""
    if isinstance(result, Refused):
        headers = {} if result.retry_after is None else {"Retry-After": str(result.retry_after)}
        return json_answer({"error": result.error, "node_errors": result.node_errors}, result.status, headers)
    return json_answer({"prompt_id": result.id, "number": result.number, "node_errors": result.node_errors})
