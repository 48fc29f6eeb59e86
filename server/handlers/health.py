"""`/health/...`: for those who watch over the server."""

from __future__ import annotations

from aiohttp import web

from server.answers import json_answer
from server.keys import QUEUE


async def live(request: web.Request) -> web.Response:
    """The server answers."""
    return json_answer({"status": "live"})


async def ready(request: web.Request) -> web.Response:
    """Whether a worker could begin a job now; 503 while none can."""
    count = request.app[QUEUE].workers_ready
    return json_answer({"status": "ready" if count else "starting", "workers": count}, 200 if count else 503)
