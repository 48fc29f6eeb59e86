"""What packs find in the module `server` of the reference: `PromptServer`."""

from __future__ import annotations

import asyncio
import functools
import importlib
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from graphcore.calls import CURRENT
from nodes.compat import installation
from nodes.compat.modules.protocol import BinaryEventTypes
from nodes.compat.owners import current_pack
from nodes.compat.prompt_queue import PackQueue
from nodes.compat.routes import RecordedApp, RouteTable
from nodes.compat.stubs import ProvidedType, missing, stub

log = logging.getLogger(__name__)

Send = Callable[[Any, Any, str | None], None]


class PromptServer(metaclass=ProvidedType):
    """The server as packs see it. It runs in a worker: handlers are recorded, messages go through `sender`."""

    instance: ClassVar[PromptServer]

    def __init__(self) -> None:
        self.routes = RouteTable(current_pack)
        self.app = RecordedApp(self.routes)
        self.prompt_queue = PackQueue()
        self.on_prompt_handlers: list[Callable[[dict[str, Any]], dict[str, Any]]] = []
        self.sender: Send | None = None
        self.supports: list[str] = ["custom_nodes_from_web"]
        self.sockets: dict[str, Any] = {}
        self.sockets_metadata: dict[str, Any] = {}
        self.messages: Any = None
        self.number = 0
        self.address, self.port, self.web_root = "127.0.0.1", 8188, ""
        self.user_manager: Any = stub("server.PromptServer.instance.user_manager")
        self.client_session: Any = None

    @property
    def client_id(self) -> str | None:
        """Who asked for the run that is going on."""
        extra = installation.job_value("extra") or {}
        found = extra.get("client_id")
        return None if found is None else str(found)

    @property
    def last_node_id(self) -> str | None:
        """The node that is being called."""
        run = CURRENT.get()
        return None if run is None else run.node

    @property
    def last_prompt_id(self) -> str | None:
        """The run that is going on."""
        found = installation.job_value("id")
        return None if found is None else str(found)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop of this thread; where none runs, one that all packs share, in a thread of its own."""
        try:
            return asyncio.get_running_loop()
        except RuntimeError:
            return _shared_loop()

    def send_sync(self, event: Any, data: Any, sid: str | None = None) -> None:
        """Send a message to one client, or to all. From any thread; nobody listens to a command-line run."""
        if self.sender is not None:
            self.sender(event, data, sid)
        else:
            log.debug("Message %s of pack '%s' has no client to go to.", event, current_pack())

    def send_progress_text(self, text: Any, node_id: str, sid: str | None = None) -> None:
        """Show a text on a node while it runs."""
        body = text.encode() if isinstance(text, str) else bytes(text)
        id = str(node_id).encode()
        self.send_sync(int(BinaryEventTypes.TEXT), len(id).to_bytes(4, "big") + id + body, sid)

    async def send(self, event: Any, data: Any, sid: str | None = None) -> None:
        """The same as `send_sync`, for who awaits."""
        self.send_sync(event, data, sid)

    async def send_json(self, event: str, data: Any, sid: str | None = None) -> None:
        """A message of JSON."""
        self.send_sync(event, data, sid)

    async def send_bytes(self, event: int, data: bytes, sid: str | None = None) -> None:
        """A message of bytes."""
        self.send_sync(event, data, sid)

    async def send_image(self, image_data: Any, sid: str | None = None) -> None:
        """A preview: (format, picture, largest side)."""
        self.send_sync(int(BinaryEventTypes.UNENCODED_PREVIEW_IMAGE), image_data, sid)

    def add_on_prompt_handler(self, handler: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Have a function look at, and change, every workflow that is submitted."""
        self.on_prompt_handlers.append(handler)

    def trigger_on_prompt(self, json_data: dict[str, Any]) -> dict[str, Any]:
        """What those functions make of a submission. One that fails is left out."""
        for handler in self.on_prompt_handlers:
            try:
                json_data = handler(json_data)
            except Exception as error:  # noqa: BLE001 - author code
                log.warning("A pack's handler of submitted workflows failed: %s: %s", type(error).__name__, error)
        return json_data

    def get_queue_info(self) -> Mapping[str, Any]:
        """How much is left to do."""
        return {"exec_info": {"queue_remaining": self.prompt_queue.get_tasks_remaining()}}

    def queue_updated(self) -> None:
        """Tell every client how much is left to do."""
        self.send_sync("status", {"status": self.get_queue_info()})

    def __getattr__(self, name: str) -> Any:
        return missing("server.PromptServer.instance", name)

    def add_routes(self) -> None:
        """Mount the handlers; whoever hosts them does."""

    async def start(self, *args: Any, **kwargs: Any) -> None:
        """Serve; the server does, in another process."""


class SharedLoop(asyncio.SelectorEventLoop):
    """A loop that any thread may give work to: packs do so by `create_task`, which wakes none by itself."""

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:  # type: ignore[override]
        return self.call_soon_threadsafe(callback, *args, context=context)


@functools.cache
def _shared_loop() -> asyncio.AbstractEventLoop:
    loop = SharedLoop()
    threading.Thread(target=loop.run_forever, name="graphcore-packs-loop", daemon=True).start()
    return loop


PromptServer.instance = PromptServer()


def public() -> list[str]:
    """The names that `from server import *` gives."""
    return ["PromptServer", "BinaryEventTypes", "web"]


def answer(name: str) -> Any:
    """The attribute of that name; `web` is aiohttp's, which only packs that handle requests import."""
    if name == "PromptServer":
        return PromptServer
    if name == "BinaryEventTypes":
        return BinaryEventTypes
    if name in ("web", "aiohttp"):
        return importlib.import_module("aiohttp.web" if name == "web" else "aiohttp")
    raise AttributeError(f"module 'server' has no attribute '{name}'")
