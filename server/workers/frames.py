"""How server and worker talk: frames of a JSON header and a blob, each preceded by its length. No pickle, ever."""

from __future__ import annotations

import asyncio
import json
import math
import struct
from collections.abc import Mapping, Set, ValuesView
from typing import Any, BinaryIO

LENGTHS = struct.Struct(">II")  # of the header, of the blob; bytes
LARGEST = 1 << 30  # bytes a frame; what is beyond is not ours
Frame = tuple[dict[str, Any], bytes]


class BrokenFrame(Exception):
    """What arrived is no frame: the other side is not what it should be."""


def pack(header: Mapping[str, Any], blob: bytes = b"") -> bytes:
    """A frame as bytes."""
    text = dump(header).encode()
    return LENGTHS.pack(len(text), len(blob)) + text + blob


def read(file: BinaryIO) -> Frame | None:
    """The next frame, waiting for it; None once the other side is gone."""
    start = file.read(LENGTHS.size)
    if len(start) < LENGTHS.size:
        return None
    text, blob = _sizes(start)
    body = file.read(text + blob)
    if len(body) < text + blob:
        return None
    return _header(body[:text]), body[text:]


async def read_async(reader: asyncio.StreamReader) -> Frame | None:
    """The same, in an event loop."""
    try:
        text, blob = _sizes(await reader.readexactly(LENGTHS.size))
        body = await reader.readexactly(text + blob)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return _header(body[:text]), body[text:]


def _sizes(start: bytes) -> tuple[int, int]:
    text, blob = LENGTHS.unpack(start)
    if text + blob > LARGEST:
        raise BrokenFrame(f"A frame of {text + blob} bytes was announced.")
    return text, blob


def _header(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except ValueError:
        raise BrokenFrame("The header of a frame is not JSON.") from None
    if not isinstance(header, dict):
        raise BrokenFrame("The header of a frame is not an object.")
    return header


def dump(value: Any) -> str:
    """JSON text of anything: what JSON cannot hold becomes text, and numbers that it does not know null."""
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"), default=_other)
    except (ValueError, TypeError):
        return json.dumps(_plain(value), separators=(",", ":"))


def _other(value: Any) -> Any:
    """What JSON cannot hold: numbers of numpy's, sets and keys of dicts as what they are, the rest as text."""
    if isinstance(value, Set | ValuesView):
        return list(value)
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        found = value.item()
        if type(found) is not type(value):  # a long double of numpy's stays one
            return found
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | None) else _plain(_other(value))
