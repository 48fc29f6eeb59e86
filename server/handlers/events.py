"""`/api/v1/events`: what happens to jobs, numbered. A listener who was away goes on from the number it saw last."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

from aiohttp import web

from server.answers import NotThere, json_answer
from server.bodies import BadBody
from server.documents import EventDocument, EventList
from server.events import Event
from server.handlers.asking import owner_of
from server.keys import QUEUE, SETTINGS, SOCKETS
from server.openapi import Parameter, number, operation, text

BACKLOG = 10_000  # events that may wait for a slow reader
OVERLAP = 2_000_000  # microseconds: servers over one store hear of each other's events a little late, out of order
QUIET = 15.0  # seconds after which a comment shows that the connection lives
AFTER = number("after", "The number of the last event that was seen.", minimum=0)
JOB = text("job", "Only the events of this job.")
LAST = Parameter("Last-Event-ID", {"type": "string"}, "The same as `after`, as browsers send it.", "header")


@operation(answer=EventList, parameters=(AFTER,), refusals=(400, 404))
async def of_job(request: web.Request) -> web.Response:
    """The events of a job after a number, also of a job of last week."""
    queue, id, owner = request.app[QUEUE], request.match_info["id"], owner_of(request)
    if await queue.job(id, owner) is None:
        raise NotThere(f"There is no job {id}.")
    found = await queue.events_of(id, _after(request) or 0, owner)
    return json_answer({"events": [document(event) for event in found if event.image is None]})


@operation(parameters=(AFTER, JOB, LAST), refusals=(400,), media="text/event-stream")
async def stream(request: web.Request) -> web.StreamResponse:
    """Events as they happen, as server-sent events: first those after `after`, then those to come.

    Where events after that number are known no more, a `gap` event says so: ask for the jobs anew. Where several
    servers share a store, who comes back is told the events of two seconds before it once more, with their numbers.
    """
    async with _listening(request) as events:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            await response.write(b": hello\n\n")
            async for event in events:
                await response.write(b": still here\n\n" if event is None else _frame(event))
    return response


def _frame(event: EventDocument) -> bytes:
    return f"id: {event['number']}\nevent: {event['type']}\ndata: {_dump(event)}\n\n".encode()


async def socket(request: web.Request) -> web.WebSocketResponse:
    """The same over a WebSocket: one event a message."""
    async with _listening(request) as events:
        response = web.WebSocketResponse(compress=False, heartbeat=QUIET, max_msg_size=2**10)
        await response.prepare(request)
        sending = asyncio.create_task(_send(response, events))
        try:
            async for _ in response:  # nothing that a client says means anything; this notices that it goes
                pass
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await sending
    return response


async def _send(response: web.WebSocketResponse, events: AsyncIterator[EventDocument | None]) -> None:
    async for event in events:
        if event is not None:
            await response.send_str(_dump(event))
    await response.close()  # too slow: it may come back and go on from its number


def document(event: Event) -> EventDocument:
    """An event as it is told."""
    return {"number": event.number, "job": event.job, "type": event.type, "data": dict(event.data)}


def _dump(event: EventDocument) -> str:
    return json.dumps(event, separators=(",", ":"), default=str)


def _after(request: web.Request) -> int | None:
    text = request.query.get("after") or request.headers.get("Last-Event-ID")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        raise BadBody("'after' should be the number of an event.")
    return int(text)


@contextlib.asynccontextmanager
async def _listening(request: web.Request) -> AsyncIterator[AsyncIterator[EventDocument | None]]:
    """The events after a number, then those to come; None when nothing happens for a while."""
    queue, sockets = request.app[QUEUE], request.app[SOCKETS]
    after, job, owner = _after(request), request.query.get("job"), owner_of(request)
    overlap = 0 if queue.store.sole else OVERLAP
    waiting: asyncio.Queue[Event] = asyncio.Queue()

    def wanted(event: Event) -> bool:
        shared = event.type == "status" or (event.everybody and event.client is None)
        return event.image is None and job in (None, event.job) and (shared or owner in (None, event.owner))

    def put(event: Event) -> None:
        if wanted(event) and waiting.qsize() <= BACKLOG:
            waiting.put_nowait(event)

    unsubscribe = queue.subscribe(put)
    try:
        missed: list[EventDocument] = []
        if after is not None and job is not None:
            missed = [document(event) for event in await queue.events_of(job, after - overlap, owner) if wanted(event)]
        elif after is not None:
            missed = [document(event) for event in queue.events.since(after - overlap) if wanted(event)]
            if queue.events.has_forgotten(after):
                missed.insert(0, {"number": after, "job": None, "type": "gap", "data": {}})
        with sockets.counted(request.app[SETTINGS].max_sockets):
            yield _taken(missed, waiting)
    finally:
        unsubscribe()


async def _taken(missed: list[EventDocument], waiting: asyncio.Queue[Event]) -> AsyncIterator[EventDocument | None]:
    """What was missed, then what comes; ends for a reader that has fallen too far behind, so that it comes back."""
    told = {(event["number"], event["job"]) for event in missed}
    for event in missed:
        yield event
    while waiting.qsize() <= BACKLOG:
        try:
            event = document(await asyncio.wait_for(waiting.get(), QUIET))
        except TimeoutError:
            yield None
            continue
        if (event["number"], event["job"]) not in told:  # the store may have told of it already
            yield event
