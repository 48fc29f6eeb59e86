"""`/features`: what the server can do beyond the oldest clients' expectations."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from server.answers import json_answer
from server.keys import SETTINGS
from server.settings import ServerSettings


async def show(request: web.Request) -> web.Response:
    """The flags; a socket gets the same."""
    return json_answer(flags(request.app[SETTINGS]))


def flags(settings: ServerSettings) -> dict[str, Any]:
    """Name -> value."""
    return {"supports_preview_metadata": True, "max_upload_size": settings.max_upload}
