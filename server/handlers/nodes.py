"""`/api/v1/nodes`: the node catalogue. It is there at once after a start, as it was kept when the last worker ran."""

from __future__ import annotations

import asyncio
import hashlib
import json

from aiohttp import web

from server.answers import NotThere, json_answer
from server.documents import NodeList
from server.handlers.asking import owner_of
from server.keys import QUEUE
from server.openapi import operation
from server.workers.protocol import CatalogueText


@operation(answer=NodeList)
async def show(request: web.Request) -> web.Response:
    """Every node, as `/object_info` tells of it. With an ETag, as it is large and seldom changes."""
    body = (await request.app[QUEUE].catalogue(owner_of(request))).body
    tag = f'"{(await asyncio.to_thread(hashlib.blake2b, body, digest_size=16)).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    text = b'{"nodes":' + body + b"}"
    return web.Response(body=text, content_type="application/json", charset="utf-8", headers=headers)


@operation(answer=dict, refusals=(404,))
async def show_one(request: web.Request) -> web.Response:
    """One node."""
    name, catalogue = request.match_info["name"], await request.app[QUEUE].catalogue(owner_of(request))
    nodes = await asyncio.to_thread(_parsed, catalogue)
    if name not in nodes:
        raise NotThere(f"There is no node '{name}'.")
    return json_answer(nodes[name])


def _parsed(catalogue: CatalogueText) -> dict[str, object]:
    nodes: dict[str, object] = json.loads(catalogue.body)
    return nodes
