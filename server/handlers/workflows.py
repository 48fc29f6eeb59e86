"""`/api/v1/workflows`: those that are there to be opened; what a file carries; what changed between two of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from server import templates
from server.answers import NotThere, json_answer
from server.bodies import BadBody, read_file, read_object
from server.documents import Changes, Comparison, WorkflowList, WorkflowRead
from server.files import serve_file
from server.handlers.asking import owner_of, user_of
from server.keys import QUEUE, STORAGE, USERS
from server.openapi import operation


@operation(answer=WorkflowList)
async def index(request: web.Request) -> web.Response:
    """The workflows that ship, those of packs, and the user's own."""
    home = request.app[USERS].home(user_of(request))
    found = await asyncio.to_thread(templates.entries, request.app[STORAGE].folders, home)
    return json_answer({"workflows": found})


@operation(answer=dict, refusals=(400, 404))
async def show(request: web.Request) -> web.StreamResponse:
    """One of them, as its file is."""
    return await serve_file(await _file(request), "application/json")


@operation(media="image/*", refusals=(400, 404))
async def picture(request: web.Request) -> web.StreamResponse:
    """The picture that lies beside it."""
    found = templates.picture(await _file(request))
    if found is None:
        raise NotThere("There is no picture of this workflow.")
    return await serve_file(found)


async def _file(request: web.Request) -> Path:
    folders, home = request.app[STORAGE].folders, request.app[USERS].home(user_of(request))
    source, name = request.match_info["source"], request.match_info["name"]
    found = await asyncio.to_thread(templates.find, folders, home, source, name)
    if found is None:
        raise NotThere(f"There is no workflow '{name}' of '{source}'.")
    return found


@operation(body=bytes, body_media="application/octet-stream", answer=WorkflowRead, refusals=(400, 413))
async def read(request: web.Request) -> web.Response:
    """The workflow that a file is or carries, in the editor's form."""
    text, nodes = await read_file(request), await _catalogue(request)

    def work() -> dict[str, Any]:
        from graphcore.workflow import Workflow  # here, so that a server answers sooner after its start

        workflow = Workflow.load(text)
        return {"workflow": workflow.editor(nodes), "form": workflow.form}

    return json_answer(await asyncio.to_thread(work))


@operation(body=Comparison, answer=Changes, refusals=(400, 413))
async def diff(request: web.Request) -> web.Response:
    """What changed from `before` to `after`, in words and as data."""
    body, nodes = await read_object(request), await _catalogue(request)
    before, after = (_document(body, name) for name in ("before", "after"))

    def work() -> list[dict[str, Any]]:
        from graphcore.workflow import Workflow
        from graphcore.workflow.diff import diff as differences

        changes = differences(Workflow.load(before), Workflow.load(after), nodes)
        return [change.as_dict() for change in changes]

    return json_answer({"changes": await asyncio.to_thread(work)})


def _document(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    document = body.get(name)
    if not isinstance(document, dict):
        raise BadBody(f"'{name}' should be a workflow: an object.")
    return document


async def _catalogue(request: web.Request) -> dict[str, Any]:
    text = (await request.app[QUEUE].catalogue(owner_of(request))).body
    nodes: dict[str, Any] = await asyncio.to_thread(json.loads, text)
    return nodes
