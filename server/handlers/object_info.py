"""`/object_info`: the node catalogue."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web

from server.answers import json_answer, json_text
from server.handlers.asking import owner_of
from server.keys import QUEUE


async def show(request: web.Request) -> web.Response:
    """Every node."""
    return json_text((await request.app[QUEUE].catalogue(owner_of(request))).body)


async def show_one(request: web.Request) -> web.Response:
    """One node under its name; {} if there is none of that name."""
    name = request.match_info["name"]
    nodes = await asyncio.to_thread(json.loads, (await request.app[QUEUE].catalogue(owner_of(request))).body)
    return json_answer({name: nodes[name]} if name in nodes else {})
