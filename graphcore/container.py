"""Blocks of numbers in one file: the safetensors container, with a checksum over everything. Pure: bytes in, bytes out.

The file is 8 bytes with the length of a JSON header, the header, then the blocks' bytes without a gap. It opens in
every reader of safetensors; the last tensor, `checksum`, is the BLAKE2b of all bytes before it.
Format: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

SUM_SIZE = 16
SUM_NAME = "checksum"
BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "U16": 16, "I16": 16, "F16": 16, "BF16": 16,
    "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64, "C64": 64,
}  # fmt: skip


class Damaged(ValueError):
    """The bytes are not what was written."""


@dataclass(frozen=True, slots=True)
class Block:
    """An array: `dtype` in the container's spelling ('F32', 'BF16', ...), row-major bytes, and what made it."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes | memoryview
    kind: str = ""


def pack(blocks: Sequence[Block], metadata: Mapping[str, str]) -> list[bytes | memoryview]:
    """The file, in pieces that lie one after the other."""
    # Wide numbers first, so that each block is aligned to its own width.
    order = sorted(range(len(blocks)), key=lambda index: -BITS[blocks[index].dtype])
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    end = 0
    for index in order:
        block = blocks[index]
        start, end = end, end + len(block.data)
        header[str(index)] = {"dtype": block.dtype, "shape": list(block.shape), "data_offsets": [start, end]}
    header[SUM_NAME] = {"dtype": "U8", "shape": [SUM_SIZE], "data_offsets": [end, end + SUM_SIZE]}
    text = json.dumps(header, separators=(",", ":")).encode("ascii")
    text += b" " * (-len(text) % 8)
    pieces: list[bytes | memoryview] = [len(text).to_bytes(8, "little"), text, *(blocks[i].data for i in order)]
    return [*pieces, checksum(pieces)]


def unpack(file: memoryview) -> tuple[dict[str, str], list[Block]]:
    """(metadata, blocks) of a file that `pack` made; the blocks' bytes are views. Damaged if a bit is amiss."""
    if len(file) < 8 + SUM_SIZE or checksum([file[:-SUM_SIZE]]) != bytes(file[-SUM_SIZE:]):
        raise Damaged("its checksum does not fit")
    start = 8 + int.from_bytes(file[:8], "little")
    try:
        header = json.loads(bytes(file[8:start]))
        metadata = header.pop("__metadata__")
        del header[SUM_NAME]
        return metadata, [_block(header[str(index)], file[start:]) for index in range(len(header))]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged(f"its header cannot be read: {error}") from None


def _block(entry: Mapping[str, Any], data: memoryview) -> Block:
    start, end = entry["data_offsets"]
    return Block(entry["dtype"], tuple(entry["shape"]), data[start:end])


def checksum(pieces: Iterable[bytes | memoryview]) -> bytes:
    """Of the pieces one after the other."""
    total = blake2b(digest_size=SUM_SIZE)
    for piece in pieces:
        total.update(piece)
    return total.digest()
