"""`/api/assets`, `/api/tags`: a catalogue of files by content, which the field's servers may leave switched off."""

from __future__ import annotations

from aiohttp import web

from server.answers import json_answer

METHODS = ("GET", "POST", "PUT", "DELETE")
MESSAGE = "This server keeps no assets; upload with POST /upload/image and list files with GET /internal/files/input."


async def disabled(request: web.Request) -> web.Response:
    """What a server answers whose assets are switched off."""
    return json_answer({"error": {"code": "SERVICE_DISABLED", "message": MESSAGE}}, 503)
