"""`/interrupt`: stop what runs."""

from __future__ import annotations

from aiohttp import web

from server.answers import empty
from server.bodies import read_optional_object
from server.handlers.asking import owner_of
from server.keys import QUEUE


async def interrupt(request: web.Request) -> web.Response:
    """Stop one running job, or whatever runs if the body names none."""
    body = await read_optional_object(request)
    id = body.get("prompt_id")
    await request.app[QUEUE].interrupt([str(id)] if id else None, owner_of(request))
    return empty()
