"""`/extensions`, `/i18n`, `/workflow_templates`: what custom nodes bring for the browser."""

from __future__ import annotations

import asyncio

from aiohttp import web

from server import extensions
from server.answers import json_answer
from server.files import serve_file
from server.handlers import page
from server.keys import STORAGE
from server.storage import BadName, inside

TYPES = {".js": "application/javascript", ".mjs": "application/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


async def show(request: web.Request) -> web.Response:
    """The scripts that the editor loads."""
    folders = request.app[STORAGE].folders
    return json_answer(await asyncio.to_thread(extensions.scripts, folders, page.web_root(request)))


async def read(request: web.Request) -> web.StreamResponse:
    """A file of a pack's web folder. Whoever installs a pack trusts its scripts, so they are served as scripts."""
    folders = await asyncio.to_thread(extensions.web_folders, request.app[STORAGE].folders)
    root = folders.get(request.match_info["pack"])
    if root is None:
        return await page.read(request)
    try:
        path = inside(root, request.match_info["file"])
    except BadName:
        raise web.HTTPNotFound from None
    if not path.is_file():
        raise web.HTTPNotFound
    kind = TYPES.get(path.suffix.lower())
    if kind is None:
        return await serve_file(path)
    return web.FileResponse(path, headers={"Content-Type": kind, "X-Content-Type-Options": "nosniff"})


async def translations(request: web.Request) -> web.Response:
    """What packs translate."""
    return json_answer(await asyncio.to_thread(extensions.translations, request.app[STORAGE].folders))


async def templates(request: web.Request) -> web.Response:
    """The example workflows of packs."""
    return json_answer(await asyncio.to_thread(extensions.templates, request.app[STORAGE].folders))


async def template(request: web.Request) -> web.StreamResponse:
    """One of them."""
    info = request.match_info
    path = await asyncio.to_thread(extensions.template, request.app[STORAGE].folders, info["pack"], info["file"])
    if path is None:
        raise web.HTTPNotFound
    return await serve_file(path)
