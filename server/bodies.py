"""Request bodies in, JSON out. JSON is read under whatever content type it comes: real clients send it as text."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from graphcore.errors import UserError
from server.keys import SETTINGS


class BadBody(UserError):
    """A body that cannot be used; answered with 400."""


async def read_json(request: web.Request) -> Any:
    """The body as JSON. BadBody says what is wrong with it; 413 where it is too large, 408 where it does not come."""
    settings = request.app[SETTINGS]
    text = await _read(request, settings.max_json, settings.body_seconds)
    return parse_json(text, settings.max_depth)


async def read_file(request: web.Request) -> bytes:
    """The body as it is: a file. 413 where it is larger than an upload may be."""
    settings = request.app[SETTINGS]
    return await _read(request, settings.max_upload, settings.body_seconds)


async def read_object(request: web.Request) -> dict[str, Any]:
    """The body as a JSON object."""
    value = await read_json(request)
    if not isinstance(value, dict):
        raise BadBody("The body should be a JSON object.")
    return value


async def read_optional_object(request: web.Request) -> dict[str, Any]:
    """The body as a JSON object; {} for what is none, as clients that mean 'all' send nothing, or anything."""
    try:
        return await read_object(request)
    except BadBody:
        return {}


def parse_json(text: bytes, max_depth: int) -> Any:
    """JSON text as data; NaN, infinities and numbers beyond all that floats hold become null."""
    try:
        value = json.loads(text, parse_constant=lambda _: None, parse_float=_finite)
    except RecursionError:
        raise BadBody(f"The JSON is nested too deeply; {max_depth} levels are allowed.") from None
    except ValueError as error:
        raise BadBody(f"The body is not JSON: {error}.") from None
    level, depth = [value], 1
    while level := [child for parent in level for child in _children(parent)]:
        depth += 1
        if depth > max_depth:
            raise BadBody(f"The JSON is nested too deeply; {max_depth} levels are allowed.")
    return value


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [child for child in value.values() if isinstance(child, dict | list)]
    return [child for child in value if isinstance(child, dict | list)] if isinstance(value, list) else []


async def _read(request: web.Request, limit: int, seconds: float) -> bytes:
    """The whole body. `seconds`: how long it may take."""
    if (request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=request.content_length or 0)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > limit:
                    raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=len(body))
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="The body did not arrive in time.") from None
    return bytes(body)


def strings(body: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts of a body; [] if it is not there."""
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadBody(f"'{name}' should be a list of ids.")
    return [str(item) for item in value]
