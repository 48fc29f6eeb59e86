"""Hosts the URL handlers that packs add, in a thread of the worker: the server passes requests on to it.

It listens on this machine alone, and answers only who shows the secret that the server was told.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
import threading
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol, runtime_checkable

from aiohttp import web

SECRET = "X-Graphcore-Host"  # the header that carries it
LARGEST = 1 << 30  # bytes of a body; the server has a limit of its own
log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@runtime_checkable
class Hosted(Protocol):
    """A source of nodes whose packs handle requests: each of `routes` has `register(router)` for aiohttp's router."""

    def routes(self) -> list[Any]:
        """The handlers; this may import packs."""

    def middlewares(self) -> list[Any]:
        """What packs put around handlers of packs, as aiohttp has it."""

    def prepare(self, app: web.Application) -> None:
        """Give the application what packs have put on theirs: values by name, functions for its start and end."""

    def on_prompt(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body of a submission as packs change it; this may import them."""


class Host:
    """An HTTP server with the handlers of packs, each plain and below /api."""

    def __init__(
        self,
        routes: Iterable[Any],
        middlewares: Iterable[Any] = (),
        prepare: Iterable[Callable[[web.Application], None]] = (),
    ):
        self.secret = secrets.token_urlsafe(32)
        self.port = 0
        layers = [layer for layer in middlewares if _is_middleware(layer)]
        self._app = web.Application(middlewares=[self._guarded, *layers], client_max_size=LARGEST)
        below = web.Application(client_max_size=LARGEST)
        for route in routes:
            for router in (self._app.router, below.router):
                _register(route, router)
        for function in prepare:
            function(self._app)
        self._app.add_subapp("/api", below)
        self._listening = threading.Event()

    def start(self) -> None:
        """Begin to listen; returns when it does. Raises OSError if it cannot."""
        threading.Thread(target=lambda: asyncio.run(self._serve()), name="graphcore-packs", daemon=True).start()
        if not self._listening.wait(30.0) or not self.port:
            raise OSError("The handlers of packs cannot be reached: no port could be bound.")

    async def _serve(self) -> None:
        runner = web.AppRunner(self._app, access_log=None)
        try:
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.port = runner.addresses[0][1]
        finally:
            self._listening.set()
        await asyncio.Event().wait()

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not hmac.compare_digest(request.headers.get(SECRET, "").encode(), self.secret.encode()):
            raise web.HTTPNotFound
        try:
            return await handler(request)
        except web.HTTPException:
            raise
        except Exception:
            log.exception("A pack's handler of %s %s failed", request.method, request.path)
            return web.Response(status=500, text="The pack's handler failed; the server's log says why.")


def _is_middleware(layer: Any) -> bool:
    """Whether aiohttp knows a pack's layer for one: it must be decorated."""
    found = getattr(layer, "__middleware_version__", 0) == 1
    if not found:
        log.warning("%r of a pack is left out: decorate it with aiohttp.web.middleware.", layer)
    return found


def _register(route: Any, router: web.UrlDispatcher) -> None:
    """Add a route of a pack; one that cannot be added harms no other."""
    try:
        route.register(router)
    except Exception as error:  # noqa: BLE001 - whatever a pack declares
        log.warning("A route of a pack is left out: %s: %s", type(error).__name__, error)
