"""`/userdata`: files that a user keeps: workflows, templates, style sheets."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from urllib.parse import unquote

from aiohttp import web

from server import userdata
from server.answers import json_answer
from server.atomic import write_atomically
from server.bodies import read_file
from server.files import serve_file
from server.handlers.asking import flag, user_of
from server.keys import USERS
from server.storage import BadName, Escape, inside

STYLE = "text/css"  # the editor loads a user's own style sheet


def _home(request: web.Request) -> Path:
    return request.app[USERS].home(user_of(request))


def _named(request: web.Request, name: str) -> Path:
    """The file that a part of the URL means; slashes in it are encoded, some clients do that twice."""
    text = request.match_info[name]
    text = unquote(text) if "%" in text else text
    home = _home(request)
    try:
        path = inside(home, text)
    except Escape as error:
        raise web.HTTPForbidden(text=str(error)) from None
    if path in (home, home / userdata.SETTINGS_FILE) and request.method != "GET":
        raise web.HTTPForbidden(text="Settings are changed with /settings.")
    return path


async def list_files(request: web.Request) -> web.Response:
    """The files of a folder."""
    if not request.query.get("dir"):
        return web.Response(status=400, text="Name a folder with 'dir'.")
    try:
        folder = inside(_home(request), request.query["dir"])
    except Escape as error:
        raise web.HTTPForbidden(text=str(error)) from None
    if not folder.is_dir():
        raise web.HTTPNotFound
    options = {name: flag(request, name) for name in ("recurse", "split", "full_info")}
    return json_answer(await asyncio.to_thread(userdata.list_files, folder, **options))


async def list_tree(request: web.Request) -> web.Response:
    """Everything below a folder, or below the user's own."""
    try:
        home = _home(request)
        name = request.query.get("path", "")
        folder = inside(home, unquote(name) if "%" in name else name)
    except BadName as error:
        return json_answer({"error": str(error)}, 400)
    if not folder.exists():
        return json_answer([]) if folder == home else json_answer({"error": "There is no such folder."}, 404)
    if not folder.is_dir():
        return json_answer({"error": "This is a file, not a folder."}, 400)
    return json_answer(await asyncio.to_thread(userdata.list_tree, folder, home))


async def read(request: web.Request) -> web.StreamResponse:
    """A file as it is."""
    path = _named(request, "file")
    if not path.is_file():
        raise web.HTTPNotFound
    return await serve_file(path, STYLE if path.suffix == ".css" else None)


async def write(request: web.Request) -> web.Response:
    """Keep a file; the body is its content."""
    path = _named(request, "file")
    if path.is_dir():
        return web.Response(status=400, text="There is a folder of that name.")
    if path.exists() and not flag(request, "overwrite", True):
        return web.Response(status=409, text="The file is there already.")
    body = await read_file(request)
    await asyncio.to_thread(write_atomically, path, body)
    return _answer(request, path)


async def delete(request: web.Request) -> web.Response:
    """Remove a file."""
    path = _named(request, "file")
    if not path.is_file():
        raise web.HTTPNotFound
    path.unlink()
    return web.Response(status=204)


async def move(request: web.Request) -> web.Response:
    """Give a file another name."""
    source, target = _named(request, "file"), _named(request, "dest")
    if not source.is_file():
        raise web.HTTPNotFound
    if target.is_dir() or (target.exists() and not flag(request, "overwrite", True)):
        return web.Response(status=409, text="The file is there already.")
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)
    return _answer(request, target)


def _answer(request: web.Request, path: Path) -> web.Response:
    home = _home(request)
    return json_answer(userdata.info(path, home) if flag(request, "full_info") else userdata.relative(path, home))
