"""`/api/v1/events`: what happens to jobs, numbered. A listener who was away goes on from the number it saw last."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

from aiohttp import web

from server.answers import json_answer
from server.bodies import BadBody
from server.events import Event
from server.handlers.asking import owner_of
from server.jobs.queue import JobQueue
from server.keys import QUEUE

BACKLOG = 10_000  # events that may wait for a slow reader
QUIET = 15.0  # seconds after which a comment shows that the connection lives


async def of_job(request: web.Request) -> web.Response:
    """The events of a job after a number, as a list."""
    queue, id, owner = request.app[QUEUE], request.match_info["id"], owner_of(request)
    if await queue.job(id, owner) is None:
        raise web.HTTPNotFound(text=f"There is no job {id}.")
    found = await queue.events_of(id, _after(request) or 0, owner)
    return json_answer({"events": [document(event) for event in found if event.image is None]})


async def stream(request: web.Request) -> web.StreamResponse:
    """Events as they happen (SSE), of all jobs or of `job`. From `after`, or the header `Last-Event-ID`, on."""
    queue, after = request.app[QUEUE], _after(request)
    job, owner = request.query.get("job"), owner_of(request)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    async with _following(queue, after, job) as events:
        await response.write(b": hello\n\n")
        with contextlib.suppress(ConnectionError):
            async for event in events:
                if event is None:
                    await response.write(b": still here\n\n")
                elif event.image is None and owner in (None, event.owner):
                    text = json.dumps(document(event), separators=(",", ":"))
                    await response.write(f"id: {event.number}\nevent: {event.type}\ndata: {text}\n\n".encode())
    return response


def document(event: Event) -> dict[str, object]:
    """An event as it is told."""
    return {"number": event.number, "job": event.job, "type": event.type, "data": dict(event.data)}


def _after(request: web.Request) -> int | None:
    text = request.query.get("after") or request.headers.get("Last-Event-ID")
    if not text:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise BadBody("'after' should be the number of an event.")
    return int(text)


@contextlib.asynccontextmanager
async def _following(queue: JobQueue, after: int | None, job: str | None) -> AsyncIterator[AsyncIterator[Event | None]]:
    """The events after a number that are still known, then those to come; None when nothing happens for a while."""
    waiting: asyncio.Queue[Event] = asyncio.Queue()

    def put(event: Event) -> None:
        if job in (None, event.job) and waiting.qsize() <= BACKLOG:
            waiting.put_nowait(event)

    unsubscribe = queue.subscribe(put)
    missed = [] if after is None else list(queue.events.since(after, job))
    try:
        yield _taken(missed, waiting)
    finally:
        unsubscribe()


async def _taken(missed: list[Event], waiting: asyncio.Queue[Event]) -> AsyncIterator[Event | None]:
    """What was missed, then what comes; ends for a reader that has fallen too far behind, so that it comes back."""
    for event in missed:
        yield event
    while waiting.qsize() <= BACKLOG:
        try:
            yield await asyncio.wait_for(waiting.get(), QUIET)
        except TimeoutError:
            yield None
