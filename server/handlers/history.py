"""`/history`: jobs that have ended."""

from __future__ import annotations

from aiohttp import web

from server.answers import empty, json_text
from server.bodies import read_object, strings
from server.handlers.asking import owner_of, whole
from server.keys import QUEUE


async def show(request: web.Request) -> web.Response:
    """All of it, or a window."""
    offset = whole(request, "offset")
    text = await request.app[QUEUE].history_json(
        whole(request, "max_items"), -1 if offset is None else offset, owner_of(request)
    )
    return json_text(text)


async def show_one(request: web.Request) -> web.Response:
    """One entry under its id; {} while there is none, which is how clients poll."""
    return json_text(await request.app[QUEUE].history_of(request.match_info["id"], owner_of(request)))


async def change(request: web.Request) -> web.Response:
    """Forget all, or some."""
    body, queue, owner = await read_object(request), request.app[QUEUE], owner_of(request)
    if body.get("clear"):
        await queue.delete_history(None, owner)
    if ids := strings(body, "delete"):
        await queue.delete_history(ids, owner)
    return empty()
