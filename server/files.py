"""Serving a file of a user's."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict

from server.content import HEAD, headers_of, shown_type


class UserFile(web.FileResponse):
    """A file with ranges and validators, and exactly that file: not a compressed one that lies beside it."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Begin to send."""
        headers = CIMultiDict(request.headers)
        headers.popall(hdrs.ACCEPT_ENCODING, None)
        return await super().prepare(request.clone(headers=headers))


async def serve_file(path: Path, kind: str | None = None) -> UserFile:
    """The response with a file; `kind` is decided by what the file holds."""
    kind = kind or shown_type(path, await asyncio.to_thread(_head, path))
    return UserFile(path, headers=headers_of(path, kind))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)
