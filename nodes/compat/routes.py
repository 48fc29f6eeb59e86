"""The URL handlers that packs add, as records: whoever hosts them gives them to an HTTP server."""

from __future__ import annotations

import inspect
import logging
import warnings
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from nodes.compat.stubs import missing

log = logging.getLogger(__name__)

Handler = Callable[..., Any]
# How a method is called by decorators and routers -> what HTTP calls it.
METHODS = {name: name.upper() for name in ("get", "post", "put", "patch", "delete", "head", "options")} | {"view": "*"}


@dataclass(frozen=True, slots=True)
class RouteRecord:
    """One handler, in the form that aiohttp's `add_routes` takes."""

    method: str
    path: str
    handler: Handler
    kwargs: dict[str, Any] = field(default_factory=dict)
    pack: str = ""

    def register(self, router: Any) -> list[Any]:
        """Add it to aiohttp's router."""
        return [router.add_route(self.method, self.path, self.handler, **self.kwargs)]


@dataclass(frozen=True, slots=True)
class StaticRecord:
    """A folder that is served as it is."""

    prefix: str
    path: str
    kwargs: dict[str, Any] = field(default_factory=dict)
    pack: str = ""

    def register(self, router: Any) -> list[Any]:
        """Add it to aiohttp's router."""
        return [router.add_static(self.prefix, self.path, **self.kwargs)]


class RouteTable(Sequence[Any]):
    """The decorators of `aiohttp.web.RouteTableDef`: `@routes.get("/film")`."""

    def __init__(self, owner: Callable[[], str] = str):
        self.items: list[Any] = []
        self._items = self.items  # as aiohttp's has it
        self._owner = owner

    def __getitem__(self, index: Any) -> Any:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def add(self, item: Any) -> None:
        """Add a record of any kind that has `register`."""
        self.items.append(item)

    def __call__(self, item: Any) -> None:
        """The same as `add`."""
        self.add(item)

    def route(self, method: str, path: str, **kwargs: Any) -> Callable[[Handler], Handler]:
        """Handle a method of a path."""

        def declare(handler: Handler) -> Handler:
            self.items.append(RouteRecord(method, path, handler, kwargs, self._owner()))
            return handler

        return declare

    def __getattr__(self, name: str) -> Any:
        """The decorators by method: `get`, `post`, ... and `view` for a class of handlers."""
        if name not in METHODS:
            return missing("server.PromptServer.instance.routes", name)
        return lambda path, **kwargs: self.route(METHODS[name], path, **kwargs)

    def static(self, prefix: str, path: Any, **kwargs: Any) -> None:
        """Serve a folder."""
        self.items.append(StaticRecord(prefix, str(path), kwargs, self._owner()))


class RecordedResource:
    """A path that handlers are added to; `router.add_resource`."""

    def __init__(self, router: RecordedRouter, path: str):
        self._router, self.canonical = router, path

    def add_route(self, method: str, handler: Handler) -> None:
        """Handle a method of it."""
        self._router.add_route(method, self.canonical, handler)


class RecordedRouter:
    """The part of an aiohttp router that packs use."""

    def __init__(self, table: RouteTable):
        self._table = table
        self._resources = table.items

    def add_route(self, method: str, path: str, handler: Handler, **kwargs: Any) -> None:
        """Handle a method of a path."""
        self._table.route(method, path, **kwargs)(handler)

    def add_resource(self, path: str, **_: Any) -> RecordedResource:
        """A path to add handlers to."""
        return RecordedResource(self, path)

    def add_static(self, prefix: str, path: Any, **kwargs: Any) -> None:
        """Serve a folder."""
        self._table.static(prefix, path, **kwargs)

    def add_routes(self, routes: Iterable[Any]) -> None:
        """Add handlers: a route table, or aiohttp's own records."""
        for item in routes:
            self._table.add(item)

    def routes(self) -> list[Any]:
        """Everything that was added."""
        return list(self._table)

    resources = routes

    def named_resources(self) -> dict[str, Any]:
        """What was added under a name."""
        return {name: item for item in self._table if (name := getattr(item, "kwargs", {}).get("name"))}

    def __getattr__(self, name: str) -> Any:
        """`add_get` and its like."""
        if name.removeprefix("add_") not in METHODS:
            return missing("server.PromptServer.instance.app.router", name)
        method = METHODS[name.removeprefix("add_")]
        return lambda path, handler, **kwargs: self.add_route(method, path, handler, **kwargs)


class RecordedApp(dict[str, Any]):
    """The part of an aiohttp application that packs use; what they put into it under a name is a dict's."""

    def __init__(self, table: RouteTable):
        super().__init__()
        self._table = table
        self.router = RecordedRouter(table)
        self.middlewares: list[Any] = []
        self.on_startup: list[Any] = []
        self.on_shutdown: list[Any] = []
        self.on_cleanup: list[Any] = []
        self.on_response_prepare: list[Any] = []
        self.cleanup_ctx: list[Any] = []
        self.frozen = False

    def add_routes(self, routes: Sequence[Any]) -> None:
        """Add handlers: a route table, or aiohttp's own records."""
        self.router.add_routes(routes)

    def add_subapp(self, prefix: str, subapp: Any) -> None:
        """Add the handlers of an aiohttp application below a path."""
        for route in subapp.router.routes():
            self.router.add_route(route.method, prefix.rstrip("/") + route.resource.canonical, route.handler)

    def prepare(self, app: Any) -> None:
        """Give the application that hosts the handlers what packs have put on this one.

        A function or context for its start or end that fails is left out, and costs nobody else anything.
        """
        with warnings.catch_warnings(action="ignore"):  # that names should be of a class of aiohttp's own
            for name, value in self.items():
                app[name] = value
        for moment in ("on_startup", "on_shutdown", "on_cleanup", "on_response_prepare"):
            getattr(app, moment).extend(map(_guarded, getattr(self, moment)))
        app.cleanup_ctx.extend(map(_guarded_context, filter(inspect.isasyncgenfunction, self.cleanup_ctx)))

    def __getattr__(self, name: str) -> Any:
        return missing("server.PromptServer.instance.app", name)


def _guarded(function: Handler) -> Handler:
    async def call(*args: Any) -> None:
        try:
            found = function(*args)
            if inspect.isawaitable(found):
                await found
        except Exception:
            log.exception("A pack's function for the start, the end or the answers of the server failed")

    return call


def _guarded_context(context: Callable[[Any], AsyncGenerator[Any]]) -> Callable[[Any], AsyncGenerator[None]]:
    """A generator with the start before its one `yield` and the end after it."""

    async def call(app: Any) -> AsyncGenerator[None]:
        running = context(app)
        go_on = _guarded(lambda: anext(running, None))
        await go_on()
        yield
        await go_on()  # which does nothing where the start failed

    return call
