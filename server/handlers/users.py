"""`/users`: who there is."""

from __future__ import annotations

from aiohttp import web

from graphcore.errors import UserError
from server.answers import json_answer
from server.bodies import read_object
from server.keys import USERS
from server.users import DEFAULT


async def show(request: web.Request) -> web.Response:
    """The users; with one user only there is no `users` key, which clients take as a sign to ask for a name."""
    users = request.app[USERS]
    if users.several:
        return json_answer({"storage": "server", "users": users.names()})
    return json_answer({"storage": "server", "migrated": users.home(DEFAULT).is_dir()})


async def add(request: web.Request) -> web.Response:
    """Create a user; gives the id."""
    body = await read_object(request)
    try:
        return json_answer(request.app[USERS].add(str(body.get("username", ""))))
    except UserError as error:
        return json_answer({"error": str(error)}, 400)
