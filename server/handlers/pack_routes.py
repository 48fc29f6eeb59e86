"""Requests that packs handle are passed on to the worker, which has their code. The guard has let them in already."""

from __future__ import annotations

import asyncio
import contextlib

import aiohttp
from aiohttp import hdrs, web
from multidict import CIMultiDict
from yarl import URL

from server import extensions
from server.keys import FORWARD, QUEUE, STORAGE
from server.security import ALWAYS, COOKIE
from server.workers.protocol import HostAddress, WorkerUnavailable

# What belongs to one connection, or to us: a pack gets neither the token nor a way to tell browsers what only we may.
OURS = frozenset(
    {
        "connection",
        "keep-alive",
        "transfer-encoding",
        "te",
        "upgrade",
        "host",
        "authorization",
        "cookie",
        "content-length",
    }
)
DROPPED = OURS | {"set-cookie", "server", "date", "content-security-policy"}
SOCKET = "sec-websocket"
GONE = "The worker that has the packs is gone; try again."


async def forward(request: web.Request) -> web.StreamResponse:
    """The answer of a pack; 404 where no pack speaks of such a path."""
    folders = request.app[STORAGE].folders
    if not await asyncio.to_thread(extensions.may_handle, folders, request.path):
        raise web.HTTPNotFound
    try:
        host = await request.app[QUEUE].pack_host()
    except WorkerUnavailable:
        raise web.HTTPServiceUnavailable(text="The packs are not loaded yet; try again.") from None
    url = URL.build(scheme="http", host="127.0.0.1", port=host.port).join(request.rel_url)
    if request.headers.get(hdrs.UPGRADE, "").lower() == "websocket":
        return await _joined(request, url, host)
    return await _answered(request, url, host)


async def _answered(request: web.Request, url: URL, host: HostAddress) -> web.StreamResponse:
    body = request.content if request.body_exists else None
    options = {"headers": _passed(request, host), "data": body, "allow_redirects": False}
    try:
        async with request.app[FORWARD].request(request.method, url, **options) as answer:  # type: ignore[arg-type]
            headers = CIMultiDict(
                (name, value) for name, value in answer.headers.items() if name.lower() not in DROPPED
            )
            response = web.StreamResponse(status=answer.status, headers=headers)
            response.headers.update(ALWAYS)
            await response.prepare(request)
            async for chunk in answer.content.iter_any():
                await response.write(chunk)
            await response.write_eof()
            return response
    except aiohttp.ClientError:
        raise web.HTTPBadGateway(text=GONE) from None


async def _joined(request: web.Request, url: URL, host: HostAddress) -> web.StreamResponse:
    """A socket of a pack: what one side says, the other hears. A pack that wants none answers as it likes."""
    try:
        theirs = await request.app[FORWARD].ws_connect(url, headers=_passed(request, host))
    except aiohttp.WSServerHandshakeError as refusal:
        # A pack that answered as if nothing were asked would leave the browser waiting for a socket.
        return web.Response(status=refusal.status if refusal.status >= 400 else 400)
    except aiohttp.ClientError:
        raise web.HTTPBadGateway(text=GONE) from None
    async with theirs:
        ours = web.WebSocketResponse()
        await ours.prepare(request)
        copying = [asyncio.create_task(_copy(ours, theirs)), asyncio.create_task(_copy(theirs, ours))]
        await asyncio.wait(copying, return_when=asyncio.FIRST_COMPLETED)
        for task in copying:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await task
        await ours.close()
        return ours


Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


async def _copy(source: Socket, target: Socket) -> None:
    async for message in source:
        if message.type is aiohttp.WSMsgType.TEXT:
            await target.send_str(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await target.send_bytes(message.data)


def _passed(request: web.Request, host: HostAddress) -> CIMultiDict[str]:
    """The headers for a pack."""
    found = CIMultiDict(
        (name, value)
        for name, value in request.headers.items()
        if name.lower() not in OURS and not name.lower().startswith(SOCKET)
    )
    cookies = "; ".join(f"{name}={value}" for name, value in request.cookies.items() if name != COOKIE)
    if cookies:
        found[hdrs.COOKIE] = cookies
    found[host.header] = host.secret
    return found
