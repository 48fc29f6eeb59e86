"""`/api/v1/packs`: which node packs there are. Nothing is installed or changed by any route."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web

from server import extensions
from server.answers import json_answer
from server.documents import PackList
from server.handlers.asking import owner_of
from server.keys import QUEUE, STORAGE
from server.openapi import operation


@operation(answer=PackList)
async def show(request: web.Request) -> web.Response:
    """The built-in nodes, and every pack with its nodes, scripts and example workflows."""
    body, folders = (await request.app[QUEUE].catalogue(owner_of(request))).body, request.app[STORAGE].folders

    def work() -> PackList:
        return {"packs": extensions.described(folders, json.loads(body))}

    return json_answer(await asyncio.to_thread(work))
