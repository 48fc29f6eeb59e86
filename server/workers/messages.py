"""What packs send to clients beside what runs tell: in a worker they come as the field has them, in whatever thread."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from server.workers.pictures import encode

UNENCODED, TEXT = 2, 3  # the field's numbers of binary messages
Send = Callable[[Any, Any, str | None], None]


@runtime_checkable
class Talkative(Protocol):
    """A source of nodes whose packs have things to say. `send` takes (event, data, client id or None for all)."""

    def connect(self, send: Send) -> None:
        """Be given what sends."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a pack. `client`: None for all of them. `owner`: whose job ran when it was said, so that only their
    clients hear it; None if none did: it is for everybody. `blob`: the bytes of a picture, or of a binary message.

    `type` is `progress_text` ({"node", "text"}), `preview` ({"image_type"}), `binary` ({"event": number}; the blob
    follows that number on the wire), or whatever the pack calls it.
    """

    type: str
    data: Mapping[str, Any]
    client: str | None = None
    blob: bytes | None = None
    owner: str | None = None


def message_of(event: Any, data: Any, client: str | None, preview_size: int) -> Message:
    """A message as the rest of the server has it, from what the field's `send_sync` is given."""
    number = int(event) if isinstance(event, int) else 0
    if number == UNENCODED:
        kind, blob = encode(data, preview_size)
        return Message("preview", {"image_type": kind}, client, blob)
    if not isinstance(data, bytes | bytearray | memoryview):
        return Message(str(event), data if isinstance(data, Mapping) else {"value": data}, client)
    return _binary(number, bytes(data), client)


def _binary(number: int, blob: bytes, client: str | None) -> Message:
    if number == TEXT and len(blob) >= 4:
        end = 4 + struct.unpack(">I", blob[:4])[0]
        node, text = (part.decode("utf-8", "replace") for part in (blob[4:end], blob[end:]))
        return Message("progress_text", {"node": node, "text": text}, client)
    return Message("binary", {"event": number}, client, blob)
