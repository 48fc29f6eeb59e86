"""What handlers read off a request besides its body."""

from __future__ import annotations

from aiohttp import web

from server.accounts import OWNER
from server.bodies import BadBody
from server.keys import STORAGE, USERS
from server.security import ACCOUNT
from server.storage import Storage

HEADER = "Comfy-User"
REMEMBERED = "graphcore_user"  # the cookie that holds what the header said last


def user_of(request: web.Request) -> str:
    """The id of the user who asks: the holder of the token, else who the header names. Raises UnknownUser."""
    account = request[ACCOUNT]
    return request.app[USERS].resolve(request.headers.get(HEADER, "")) if account is OWNER else account.user


def owner_of(request: web.Request) -> str | None:
    """Whose jobs and files are meant: None for everybody's. Raises UnknownUser."""
    return _owner(request, request.headers.get(HEADER, ""))


def page_owner_of(request: web.Request) -> str | None:
    """The same where browsers send no header of a page's: pictures, sockets. There a cookie has what it said last."""
    return _owner(request, request.headers.get(HEADER) or request.cookies.get(REMEMBERED, ""))


def _owner(request: web.Request, name: str) -> str | None:
    account = request[ACCOUNT]
    return request.app[USERS].owner(name) if account is OWNER else account.owner


def storage_of(request: web.Request) -> Storage:
    """The files that whoever asks may see. Raises UnknownUser."""
    return request.app[STORAGE].of(page_owner_of(request))


def seen_by(viewer: str | None, owner: str, subfolder: str) -> str:
    """Where a user's file lies for who looks at it: who sees everybody's files sees each user's in their folder."""
    return "/".join(filter(None, [owner, subfolder])) if viewer is None else subfolder


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
