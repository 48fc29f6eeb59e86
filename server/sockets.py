"""The sockets of clients: which messages go to whom, in the field's form. A slow reader holds up nobody else."""

from __future__ import annotations

import asyncio
import json
import logging
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from server.events import LIFECYCLE, Event

PREVIEW, TEXT, PREVIEW_WITH_METADATA = 1, 3, 4  # numbers of binary messages
FORMATS = {"image/jpeg": 1, "image/png": 2}
BACKLOG = 4_000  # messages that may wait for a slow reader
CROWDED = BACKLOG // 4  # waiting messages from which those that a later one replaces are left out
PREVIEWS = frozenset({"preview", "rough_preview"})
REPLACEABLE = PREVIEWS | {"progress", "progress_state", "status", "logs"}
log = logging.getLogger(__name__)
METADATA = "supports_preview_metadata"  # the feature of clients that take previews of the fourth kind
Message = str | bytes


class Socket:
    """One connection: messages wait in order, a task of its own sends them."""

    def __init__(self, id: str, request: web.Request, response: web.WebSocketResponse, owner: str | None = ""):
        self.id, self.request, self.response, self.owner = id, request, response, owner
        self.features: Mapping[str, Any] = {}
        self.wants_logs = False
        self._waiting: asyncio.Queue[Message] = asyncio.Queue()

    def wants(self, feature: str) -> bool:
        """Whether the client has switched a feature on: by exactly `true`."""
        return self.features.get(feature) is True

    def put(self, type: str, message: Message) -> None:
        """Send a message in its turn; one who does not read is cut off, and may come back."""
        waiting = self._waiting.qsize()
        if waiting > CROWDED and type in REPLACEABLE:
            return
        if waiting > BACKLOG:
            log.warning("A client reads too slowly and is cut off")
            self.cut()
            return
        self._waiting.put_nowait(message)

    def cut(self) -> None:
        """End the connection without waiting for the other side."""
        if self.request.transport is not None:
            self.request.transport.abort()

    async def send(self) -> None:
        """Send what waits, for ever."""
        while True:
            message = await self._waiting.get()
            if isinstance(message, str):
                await self.response.send_str(message)
            else:
                await self.response.send_bytes(message)


class Sockets:
    """All connections. Lives in the event loop's thread.

    `rough_for_all`: whether samplers' previews go also to clients that have not said that they know previews. In the
    field they get none unless the server is told to make some, and there are clients that take text alone.
    """

    def __init__(self, *, rough_for_all: bool = False) -> None:
        self._rough_for_all = rough_for_all
        # (user or None for anyone, client id) -> the latest connection of that id
        self._current: dict[tuple[str | None, str], Socket] = {}
        self._open: set[Socket] = set()
        self._count = 0  # connections of all kinds

    @contextmanager
    def counted(self, most: int) -> Iterator[None]:
        """Hold one of the places for connections that stay open; 503 if all are taken."""
        if self._count >= most:
            raise web.HTTPServiceUnavailable(text="Too many sockets are open; close some, or raise max_sockets.")
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1

    def __len__(self) -> int:
        return len(self._open)

    def add(self, socket: Socket) -> None:
        """A client has come, perhaps back."""
        self._open.add(socket)
        self._current[socket.owner, socket.id] = socket

    def remove(self, socket: Socket) -> None:
        """A connection is gone."""
        self._open.discard(socket)
        if self._current.get((socket.owner, socket.id)) is socket:
            del self._current[socket.owner, socket.id]

    def find(self, id: str, owner: str = "") -> Socket | None:
        """The connection that a user's client id means."""
        return self._current.get((owner, id)) or self._current.get((None, id))

    async def close(self) -> None:
        """Tell everybody that the server goes."""
        for socket in tuple(self._open):
            await socket.response.close(code=1001, message=b"the server stops")

    def tell(self, event: Event) -> None:
        """Send an event to the client whose job it is about; `status` to everybody. What a pack tells no client by
        name, and the end of a job of no client, go to all clients of a user. What it tells a client while no job runs
        goes to who has that id, whoever they are.
        """
        if event.type in LIFECYCLE or not self._current:
            return
        if event.type == "status" or event.everybody:
            self._broadcast(event, [it for it in self._current.values() if event.client in (None, it.id)])
            return
        if event.client is None and (event.job is None or event.type == "execution_interrupted"):
            self._broadcast(event, [it for it in self._current.values() if it.owner in (None, event.owner)])
            return
        socket = self.find(event.client, event.owner) if event.client is not None else None
        if socket is not None and (event.type != "rough_preview" or self._rough_for_all or socket.wants(METADATA)):
            socket.put(event.type, _message(event, socket.wants(METADATA)))

    def _broadcast(self, event: Event, sockets: Iterable[Socket]) -> None:
        """Send an event to clients, put into bytes only once for those that take it alike."""
        made: dict[bool, Message] = {}
        for socket in sockets:
            detailed = socket.wants(METADATA)
            if detailed not in made:
                made[detailed] = _message(event, detailed)
            socket.put(event.type, made[detailed])

    def tell_log(self, entry: Mapping[str, Any]) -> None:
        """Send a line of the log to those who asked for the log."""
        readers = [socket for socket in self._current.values() if socket.wants_logs]
        if readers:
            message = encode("logs", {"entries": [entry], "size": None})
            for socket in readers:
                socket.put("logs", message)


def _message(event: Event, detailed: bool) -> Message:
    """An event as it goes over the wire. `detailed`: previews say where they are from."""
    if event.type in PREVIEWS and event.image is not None:
        if detailed and "node_id" in event.data:
            return preview_with_metadata(event.data, event.image)
        return plain_preview(str(event.data.get("image_type")), event.image)
    if event.type == "binary" and event.image is not None:
        return struct.pack(">I", int(event.data["event"])) + event.image
    if event.type == "progress_text":
        return text_frame(str(event.data["node"]), str(event.data["text"]))
    return encode(event.type, event.data)


def encode(type: str, data: Mapping[str, Any]) -> str:
    """A JSON message. `type` comes first: there are clients that look at the first eight bytes."""
    return json.dumps({"type": type, "data": data}, separators=(",", ":"), default=str)


def plain_preview(kind: str, image: bytes) -> bytes:
    """A picture: number, format, bytes."""
    return struct.pack(">II", PREVIEW, FORMATS.get(kind, 1)) + image


def preview_with_metadata(data: Mapping[str, Any], image: bytes) -> bytes:
    """A picture, preceded by JSON that says which node of which job it is from."""
    text = json.dumps(dict(data), separators=(",", ":")).encode()
    return struct.pack(">II", PREVIEW_WITH_METADATA, len(text)) + text + image


def text_frame(node: str, text: str) -> bytes:
    """A line of text that a node shows."""
    id = node.encode()
    return struct.pack(">II", TEXT, len(id)) + id + text.encode()
