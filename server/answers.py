"""Answers that are not worth a function each time: JSON, JSON text, errors in the field's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from graphcore.errors import UserError
from server.workers.frames import dump


class NotThere(UserError):
    """What is asked for does not exist; answered with 404."""


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A value as JSON."""
    return web.Response(text=dump(value), status=status, headers=headers, content_type="application/json")


def json_text(body: bytes) -> web.Response:
    """JSON that is text already."""
    return web.Response(body=body, content_type="application/json", charset="utf-8")


def error_answer(status: int, type: str, message: str, retry_after: int | None = None) -> web.Response:
    """A refusal as every client of `POST /prompt` reads it; `message` says what to do next."""
    error = {"type": type, "message": message, "details": message, "extra_info": {}}
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return json_answer({"error": error, "node_errors": {}}, status, headers)


def empty(status: int = 200) -> web.Response:
    """Nothing to say."""
    return web.Response(status=status)
