"""`/global_subgraphs`: the subgraphs that packs ship."""

from __future__ import annotations

import asyncio

from aiohttp import web

from server import blueprints
from server.answers import json_answer
from server.keys import STORAGE


async def show(request: web.Request) -> web.Response:
    """All of them, by id."""
    return json_answer(await asyncio.to_thread(blueprints.entries, request.app[STORAGE].folders))


async def show_one(request: web.Request) -> web.Response:
    """One with the text of its file, or null."""
    folders = request.app[STORAGE].folders
    return json_answer(await asyncio.to_thread(blueprints.whole, folders, request.match_info["id"]))
