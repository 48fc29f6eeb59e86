"""The URL handlers that packs add, as records: whoever hosts them gives them to an HTTP server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Handler = Callable[..., Any]


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

    def get(self, path: str, **kwargs: Any) -> Callable[[Handler], Handler]:
        """Handle GET."""
        return self.route("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> Callable[[Handler], Handler]:
        """Handle POST."""
        return self.route("POST", path, **kwargs)

    def put(self, path: str, **kwargs: Any) -> Callable[[Handler], Handler]:
        """Handle PUT."""
        return self.route("PUT", path, **kwargs)

    def patch(self, path: str, **kwargs: Any) -> Callable[[Handler], Handler]:
        """Handle PATCH."""
        return self.route("PATCH", path, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> Callable[[Handler], Handler]:
        """Handle DELETE."""
        return self.route("DELETE", path, **kwargs)

    def head(self, path: str, **kwargs: Any) -> Callable[[Handler], Handler]:
        """Handle HEAD."""
        return self.route("HEAD", path, **kwargs)

    def options(self, path: str, **kwargs: Any) -> Callable[[Handler], Handler]:
        """Handle OPTIONS."""
        return self.route("OPTIONS", path, **kwargs)

    def view(self, path: str, **kwargs: Any) -> Callable[[Handler], Handler]:
        """Handle every method by a class of handlers."""
        return self.route("*", path, **kwargs)

    def static(self, prefix: str, path: Any, **kwargs: Any) -> None:
        """Serve a folder."""
        self.items.append(StaticRecord(prefix, str(path), kwargs, self._owner()))


class RecordedRouter:
    """The part of an aiohttp router that packs use."""

    def __init__(self, table: RouteTable):
        self._table = table

    def add_route(self, method: str, path: str, handler: Handler, **kwargs: Any) -> None:
        """Handle a method of a path."""
        self._table.route(method, path, **kwargs)(handler)

    def add_get(self, path: str, handler: Handler, **kwargs: Any) -> None:
        """Handle GET."""
        self.add_route("GET", path, handler, **kwargs)

    def add_post(self, path: str, handler: Handler, **kwargs: Any) -> None:
        """Handle POST."""
        self.add_route("POST", path, handler, **kwargs)

    def add_static(self, prefix: str, path: Any, **kwargs: Any) -> None:
        """Serve a folder."""
        self._table.static(prefix, path, **kwargs)

    def routes(self) -> list[Any]:
        """Everything that was added."""
        return list(self._table)


class RecordedApp:
    """The part of an aiohttp application that packs use."""

    def __init__(self, table: RouteTable):
        self._table = table
        self.router = RecordedRouter(table)
        self.middlewares: list[Any] = []
        self.on_startup: list[Any] = []
        self.on_shutdown: list[Any] = []

    def add_routes(self, routes: Sequence[Any]) -> None:
        """Add handlers: a route table, or aiohttp's own records."""
        for item in routes:
            self._table.add(item)
