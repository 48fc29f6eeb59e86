"""Requests that are under way: one whose token is revoked meanwhile, a socket above all, is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress

from aiohttp import web

LOOK = 0.5  # seconds between looks at who may still be here


class Visits:
    """All requests under way. `may_stay`: whether a request would be let in once more. Lives in the loop's thread."""

    def __init__(self, may_stay: Callable[[web.Request], bool]):
        self._may_stay = may_stay
        self._open: dict[int, web.Request] = {}  # by identity: a request is no key

    @contextmanager
    def during(self, request: web.Request) -> Iterator[None]:
        """Hold a request to be under way."""
        self._open[id(request)] = request
        try:
            yield
        finally:
            del self._open[id(request)]

    def end_revoked(self) -> None:
        """Cut off who may not be here any more."""
        for request in [request for request in self._open.values() if not self._may_stay(request)]:
            if request.transport is not None:
                request.transport.abort()

    async def watched(self, _: web.Application) -> AsyncIterator[None]:
        """Cut them off again and again, while the application lives."""
        task = asyncio.create_task(self._watch())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            self.end_revoked()
