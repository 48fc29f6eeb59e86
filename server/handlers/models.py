"""`/models`, `/embeddings`, `/experiment/models`, `/view_metadata`: which model files there are."""

from __future__ import annotations

import asyncio
import os

from aiohttp import web

from server import models, pictures
from server.answers import json_answer
from server.keys import SETTINGS, STORAGE


async def kinds(request: web.Request) -> web.Response:
    """The kinds of models."""
    return json_answer(models.kinds(request.app[STORAGE].folders))


async def names(request: web.Request) -> web.Response:
    """The files of a kind."""
    folders, kind = request.app[STORAGE].folders, request.match_info["folder"]
    if kind in models.HIDDEN_KINDS:
        raise web.HTTPNotFound
    try:
        return json_answer(await asyncio.to_thread(folders.names, kind))
    except KeyError:
        raise web.HTTPNotFound from None


async def embeddings(request: web.Request) -> web.Response:
    """The names of embeddings as prompts use them: without extension."""
    found = await asyncio.to_thread(request.app[STORAGE].folders.names, "embeddings")
    return json_answer([os.path.splitext(name)[0] for name in found])


async def browse(request: web.Request) -> web.Response:
    """The kinds with their folders."""
    return json_answer(models.browsed(request.app[STORAGE].folders))


async def browse_kind(request: web.Request) -> web.Response:
    """The files of a kind with sizes and times."""
    kind = request.match_info["folder"]
    if kind in models.HIDDEN_KINDS:
        raise web.HTTPNotFound
    try:
        return json_answer(await asyncio.to_thread(models.details, request.app[STORAGE].folders, kind))
    except KeyError:
        raise web.HTTPNotFound from None


async def preview(request: web.Request) -> web.Response:
    """The picture of a model as WebP."""
    info, most = request.match_info, request.app[SETTINGS].max_pixels
    if not info["index"].isdecimal():
        raise web.HTTPNotFound
    found = await asyncio.to_thread(
        models.picture, request.app[STORAGE].folders, info["folder"], int(info["index"]), info["filename"]
    )
    if found is None:
        raise web.HTTPNotFound
    try:
        return web.Response(body=await asyncio.to_thread(pictures.cover, found, most), content_type="image/webp")
    except pictures.NoPicture:
        raise web.HTTPNotFound from None


async def metadata(request: web.Request) -> web.Response:
    """What the header of a safetensors file says of itself."""
    folders, kind, name = request.app[STORAGE].folders, request.match_info["folder"], request.query.get("filename", "")
    found = await asyncio.to_thread(models.metadata, folders, kind, name)
    if found is None:
        raise web.HTTPNotFound
    return json_answer(found)
