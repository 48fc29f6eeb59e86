"""`/api/v1/queue`: the queue as a whole."""

from __future__ import annotations

from aiohttp import web

from server.answers import json_answer
from server.documents import QueueDocument
from server.jobs.states import LEASED, PENDING
from server.keys import QUEUE
from server.openapi import operation


@operation(answer=QueueDocument)
async def show(request: web.Request) -> web.Response:
    """How many jobs wait and run, whether jobs are begun at all, and how many workers there are."""
    queue = request.app[QUEUE]
    counts = await queue.counts()
    found: QueueDocument = {
        "paused": await queue.is_paused(),
        "pending": sum(counts.get(state, 0) for state in PENDING),
        "running": sum(counts.get(state, 0) for state in LEASED),
        "workers": len(queue.workers),
        "workers_ready": queue.workers_ready,
    }
    return json_answer(found)


@operation(answer=QueueDocument)
async def pause(request: web.Request) -> web.Response:
    """Begin no more jobs until the queue is resumed, also after a restart. What runs goes on."""
    await request.app[QUEUE].pause()
    return await show(request)


@operation(answer=QueueDocument)
async def resume(request: web.Request) -> web.Response:
    """Begin jobs again."""
    await request.app[QUEUE].resume()
    return await show(request)
