"""`/queue` and `/free`: what runs and what waits; taking it back; giving memory back."""

from __future__ import annotations

from aiohttp import web

from server.answers import empty, json_text
from server.bodies import read_object, read_optional_object, strings
from server.handlers.asking import owner_of
from server.keys import QUEUE


async def show(request: web.Request) -> web.Response:
    """Running and pending jobs, as the field's five-element items."""
    return json_text(await request.app[QUEUE].queue_json(owner_of(request)))


async def change(request: web.Request) -> web.Response:
    """Cancel all pending jobs, or some."""
    body, queue, owner = await read_object(request), request.app[QUEUE], owner_of(request)
    if body.get("clear"):
        await queue.clear_pending(owner)
    if ids := strings(body, "delete"):
        await queue.delete_pending(ids, owner)
    return empty()


async def free(request: web.Request) -> web.Response:
    """Have workers give memory back after their current job."""
    body = await read_optional_object(request)
    await request.app[QUEUE].free(
        unload_models=bool(body.get("unload_models")), free_memory=bool(body.get("free_memory"))
    )
    return empty()
