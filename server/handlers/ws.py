"""`/ws`: the socket that tells a client how its jobs get on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid

from aiohttp import WSMsgType, web

from server.accounts import OWNER
from server.bodies import BadBody
from server.handlers.asking import HEADER, REMEMBERED, page_owner_of
from server.handlers.features import flags
from server.keys import QUEUE, SETTINGS, SOCKETS, USERS
from server.security import ACCOUNT
from server.sockets import Socket, encode

LARGEST = 2**20  # bytes of a message of a client
LONGEST_ID = 200  # characters


async def connect(request: web.Request) -> web.WebSocketResponse:
    """Talk to a client until it goes."""
    sockets, settings = request.app[SOCKETS], request.app[SETTINGS]
    id = request.query.get("clientId") or uuid.uuid4().hex
    if len(id) > LONGEST_ID:
        raise BadBody(f"A clientId has {LONGEST_ID} characters at most.")
    owner = _owner(request)
    with sockets.counted(settings.max_sockets):
        return await _talk(request, id, owner)


def _owner(request: web.Request) -> str | None:
    """Whose jobs a socket tells of; None for those of anyone who submits under its client id: a page that opens it
    before it has said who asks cannot say so later.
    """
    says_who = HEADER in request.headers or REMEMBERED in request.cookies
    if request[ACCOUNT] is OWNER and request.app[USERS].several and not says_who:
        return None
    return page_owner_of(request) or ""


async def _talk(request: web.Request, id: str, owner: str | None) -> web.WebSocketResponse:
    sockets, response = request.app[SOCKETS], web.WebSocketResponse(compress=False, max_msg_size=LARGEST)
    await response.prepare(request)
    socket = Socket(id, request, response, owner)
    sockets.add(socket)
    _greet(request, socket)
    sending = asyncio.create_task(socket.send())
    try:
        await _listen(request, socket)
    finally:
        sockets.remove(socket)
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await sending
    return response


def _greet(request: web.Request, socket: Socket) -> None:
    """Say where things stand; who comes back hears what its job is at."""
    queue = request.app[QUEUE]
    status = {"exec_info": {"queue_remaining": queue.remaining()}}
    socket.put("hello", encode("status", {"status": status, "sid": socket.id}))
    if (node := queue.current(socket.id, socket.owner)) is not None:
        socket.put("hello", encode("executing", {"node": node}))


async def _listen(request: web.Request, socket: Socket) -> None:
    """Hear the client's features, if its first message tells them; all else is ignored."""
    is_first = True
    async for message in socket.response:
        if message.type is not WSMsgType.TEXT or not is_first:
            continue
        try:
            said = json.loads(message.data)
        except (ValueError, RecursionError):
            continue
        is_first = False
        if isinstance(said, dict) and said.get("type") == "feature_flags" and isinstance(said.get("data"), dict):
            socket.features = said["data"]
            socket.put("hello", encode("feature_flags", flags(request.app[SETTINGS])))
