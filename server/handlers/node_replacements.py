"""`/node_replacements`: which nodes take the place of others."""

from __future__ import annotations

from aiohttp import web

from server.answers import json_answer


async def show(request: web.Request) -> web.Response:
    """None: an older node is brought up where its workflow is read."""
    return json_answer({})
