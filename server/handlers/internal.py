"""`/internal/...`: what the stock page asks beside the API."""

from __future__ import annotations

import asyncio

from aiohttp import web

from server.answers import empty, json_answer
from server.bodies import read_object
from server.handlers.asking import storage_of
from server.keys import LOGS, SOCKETS, STORAGE
from server.storage import BadName


async def logs(request: web.Request) -> web.Response:
    """The latest log lines as one text."""
    return json_answer("".join(f"{entry['t']} - {entry['m']}" for entry in request.app[LOGS].entries))


async def raw_logs(request: web.Request) -> web.Response:
    """The latest log lines."""
    return json_answer({"entries": list(request.app[LOGS].entries), "size": None})


async def subscribe(request: web.Request) -> web.Response:
    """Have log lines sent to a client's socket, or no more."""
    body = await read_object(request)
    socket = request.app[SOCKETS].find(str(body.get("clientId")))
    if socket is not None:
        socket.wants_logs = body.get("enabled") is True
    return empty()


async def folder_paths(request: web.Request) -> web.Response:
    """Where model files are searched."""
    folders = request.app[STORAGE].folders
    return json_answer({kind: [str(root) for root in folders.roots(kind)] for kind in folders.kinds})


async def files(request: web.Request) -> web.Response:
    """The files of an area's top level, newest first."""
    try:
        return json_answer(await asyncio.to_thread(storage_of(request).listed, request.match_info["area"]))
    except BadName as error:
        return json_answer({"error": str(error)}, 400)
