"""What handlers read off a request besides its body."""

from __future__ import annotations

from aiohttp import web

from server.bodies import BadBody
from server.keys import USERS


def user_of(request: web.Request) -> str:
    """The id of the user who asks. Raises UnknownUser."""
    return request.app[USERS].resolve(request.headers.get("Comfy-User", ""))


def owner_of(request: web.Request) -> str | None:
    """Whose jobs are meant: None for everybody's, where there is only one user. Raises UnknownUser."""
    return request.app[USERS].owner(request.headers.get("Comfy-User", ""))


def flag(request: web.Request, name: str, default: bool = False) -> bool:
    """A yes or no of the query."""
    value = request.query.get(name)
    return default if value is None else value.lower() in ("true", "1", "yes")


def whole(request: web.Request, name: str) -> int | None:
    """A whole number of the query; None if it is not there."""
    text = request.query.get(name)
    if text is None or text == "":
        return None
    try:
        return max(min(int(text), 2**31), -(2**31))
    except ValueError:
        raise BadBody(f"'{name}' should be a whole number.") from None
