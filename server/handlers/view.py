"""`/view`: a file of the input, output or temp folder, as it is or as a picture made of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

from server import pictures
from server.content import headers_of
from server.files import serve_file
from server.handlers.asking import storage_of
from server.keys import SETTINGS
from server.storage import Escape


async def show(request: web.Request) -> web.StreamResponse:
    """The file, or what `preview` and `channel` ask for."""
    query = request.query
    if "filename" not in query:
        raise web.HTTPNotFound
    asked = query["filename"], query.get("type", "output"), query.get("subfolder", "")
    try:
        path = await asyncio.to_thread(storage_of(request).viewed, *asked)
    except Escape as error:
        raise web.HTTPForbidden(text=str(error)) from None
    if not path.is_file():
        raise web.HTTPNotFound
    if "preview" in query or query.get("channel") in ("rgb", "a"):
        kind, body = await asyncio.to_thread(_picture, path, request)
        return web.Response(body=body, headers=headers_of(path, kind))
    return await serve_file(path)


def _picture(path: Path, request: web.Request) -> tuple[str, bytes]:
    channel, most = request.query.get("channel", ""), request.app[SETTINGS].max_pixels
    if "preview" in request.query:
        return pictures.preview(path, request.query["preview"], channel, most)
    made = pictures.without_alpha if channel == "rgb" else pictures.alpha_alone
    return "image/png", made(path, most)
