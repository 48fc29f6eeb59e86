"""`/api/v1/workflows`: what a file carries, and what changed between two workflows. Nothing is kept or run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from graphcore.workflow import Workflow
from graphcore.workflow.diff import diff as differences
from server.answers import json_answer
from server.bodies import BadBody, read_file, read_object
from server.keys import QUEUE


async def read(request: web.Request) -> web.Response:
    """The workflow that a file is or carries, in the editor's form."""
    text, nodes = await read_file(request), await _catalogue(request)

    def work() -> dict[str, Any]:
        workflow = Workflow.load(text)
        return {"workflow": workflow.editor(nodes), "form": workflow.form}

    return json_answer(await asyncio.to_thread(work))


async def diff(request: web.Request) -> web.Response:
    """What changed from `before` to `after`, in words and as data."""
    body, nodes = await read_object(request), await _catalogue(request)
    before, after = (_document(body, name) for name in ("before", "after"))

    def work() -> list[dict[str, Any]]:
        changes = differences(Workflow.load(before), Workflow.load(after), nodes)
        return [change.as_dict() for change in changes]

    return json_answer({"changes": await asyncio.to_thread(work)})


def _document(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    document = body.get(name)
    if not isinstance(document, dict):
        raise BadBody(f"'{name}' should be a workflow: an object.")
    return document


async def _catalogue(request: web.Request) -> dict[str, Any]:
    text = (await request.app[QUEUE].catalogue()).body
    nodes: dict[str, Any] = await asyncio.to_thread(json.loads, text)
    return nodes
