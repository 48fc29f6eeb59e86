"""Results as JSON and blocks, exactly: what comes back equals what went in, types included. Pure.

Values of no known type are offered to a codec, which the runtime provides (the engine knows no tensors). What it does
not take cannot be stored: models and everything else that is better loaded anew.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from graphcore.cache import Entry
from graphcore.container import Block, Damaged
from graphcore.node import Blocker


class Unstorable(Exception):
    """The value has no stored form."""


class Codec(Protocol):
    """Turns values such as tensors into blocks and back.

    `decode(encode(value))` must equal the value; `Block.kind` is the codec's own note of what it was.
    """

    def encode(self, value: Any) -> Block | None:
        """The block of a value; None for a value that is none of this codec's."""

    def decode(self, block: Block) -> Any:
        """The value of a block. Its bytes are a view of the whole file: copy what shall outlive it."""


class NoCodec:
    """Takes no values: only plain data can be stored."""

    def encode(self, value: Any) -> Block | None:
        """None."""
        return None

    def decode(self, block: Block) -> Any:
        """Nothing was stored this way."""
        raise Damaged(f"a block of kind {block.kind!r}, which nothing here can read")


def dump(entry: Entry, codec: Codec) -> tuple[str, list[Block]]:
    """(JSON text, blocks) of a result. Unstorable if it holds a value that neither JSON nor the codec takes."""
    try:
        tree, blocks = to_tree([entry.outputs, None if entry.ui is None else dict(entry.ui)], codec)
        kinds = [block.kind for block in blocks]
        return json.dumps([tree, kinds], separators=(",", ":"), allow_nan=False), blocks
    except (RecursionError, ValueError) as error:
        raise Unstorable(str(error)) from None


def load(text: str, blocks: list[Block], codec: Codec) -> Entry:
    """The result that `dump` was given. Damaged if the text is not of its making."""
    try:
        tree, kinds = json.loads(text)
        known = [replace(block, kind=kind) for block, kind in zip(blocks, kinds, strict=True)]
        outputs, ui = from_tree(tree, known, codec)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise Damaged(f"its content cannot be read: {error}") from None
    return Entry(outputs, ui)


def to_tree(value: Any, codec: Codec) -> tuple[Any, list[Block]]:
    """(what JSON holds, blocks) of a value. Unstorable as above, RecursionError for one that is nested too deep."""
    blocks: list[Block] = []
    return _encode(value, codec, blocks), blocks


def from_tree(tree: Any, blocks: list[Block], codec: Codec) -> Any:
    """The value that `to_tree` was given; blocks come with the kinds that they had."""
    return _decode(tree, codec, blocks)


def _encode(value: Any, codec: Codec, blocks: list[Block]) -> Any:
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is float:
        return value if value - value == 0 else ["f", repr(value)]
    if kind is list or kind is tuple:
        return ["l" if kind is list else "t", *(_encode(item, codec, blocks) for item in value)]
    if kind is dict:
        return ["d", *([_encode(name, codec, blocks), _encode(item, codec, blocks)] for name, item in value.items())]
    if kind is bytes:
        return ["b", base64.b64encode(value).decode("ascii")]
    if kind is Blocker:
        return ["k", value.message]
    block = codec.encode(value)
    if block is None:
        raise Unstorable(f"{kind.__name__} has no stored form")
    blocks.append(block)
    return ["x", len(blocks) - 1]


def _decode(tree: Any, codec: Codec, blocks: list[Block]) -> Any:
    if not isinstance(tree, list):
        return tree
    tag, *rest = tree
    if tag == "l":
        return [_decode(item, codec, blocks) for item in rest]
    if tag == "t":
        return tuple(_decode(item, codec, blocks) for item in rest)
    if tag == "d":
        return {_decode(name, codec, blocks): _decode(item, codec, blocks) for name, item in rest}
    if tag == "x":
        return codec.decode(blocks[rest[0]])
    plain: Mapping[str, Any] = {"f": float, "b": base64.b64decode, "k": Blocker}
    return plain[tag](rest[0])
