"""`/health/...` and `/metrics`: for those who watch over the server."""

from __future__ import annotations

from aiohttp import web

from server.answers import json_answer
from server.keys import METRICS, QUEUE, SOCKETS


async def live(request: web.Request) -> web.Response:
    """The server answers."""
    return json_answer({"status": "live"})


async def ready(request: web.Request) -> web.Response:
    """Whether a worker could begin a job now; 503 while none can."""
    count = request.app[QUEUE].workers_ready
    return json_answer({"status": "ready" if count else "starting", "workers": count}, 200 if count else 503)


async def metrics(request: web.Request) -> web.Response:
    """Figures for Prometheus."""
    queue = request.app[QUEUE]
    gauges = {
        "graphcore_workers": ("Workers.", len(queue.workers)),
        "graphcore_workers_ready": ("Workers that could begin a job.", queue.workers_ready),
        "graphcore_sockets": ("Open sockets of clients.", len(request.app[SOCKETS])),
        "graphcore_queue_paused": ("1 while no jobs are begun.", int(await queue.is_paused())),
    }
    body = request.app[METRICS].text(await queue.counts(), gauges)
    return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
