"""`/settings`: what a user has set in the editor. Nothing here changes how the server is set up."""

from __future__ import annotations

import asyncio

from aiohttp import web

from server import userdata
from server.answers import empty, json_answer
from server.bodies import read_json, read_object
from server.handlers.asking import user_of
from server.keys import USERS


async def show(request: web.Request) -> web.Response:
    """All settings."""
    return json_answer(await asyncio.to_thread(userdata.read_settings, request.app[USERS].home(user_of(request))))


async def show_one(request: web.Request) -> web.Response:
    """One setting; null if it is not set."""
    found = await asyncio.to_thread(userdata.read_settings, request.app[USERS].home(user_of(request)))
    return json_answer(found.get(request.match_info["id"]))


async def change(request: web.Request) -> web.Response:
    """Merge settings into those that are there."""
    userdata.change_settings(request.app[USERS].home(user_of(request)), await read_object(request))
    return empty()


async def change_one(request: web.Request) -> web.Response:
    """Set one setting."""
    value = await read_json(request)
    userdata.change_settings(request.app[USERS].home(user_of(request)), {request.match_info["id"]: value})
    return empty()
