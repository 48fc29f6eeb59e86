"""Bounded random access to a file or bytes."""

from __future__ import annotations

import io
import zlib
from typing import BinaryIO

MAX_TEXT = 32 << 20
"""Longest text that is taken out of a container, in bytes."""
MAX_STEPS = 200_000
"""Most parts of a container that are looked at."""


class TruncatedFileError(Exception):
    """A container says that it goes on where the file ends. What was found until then counts."""


class Reader:
    """Reads from anywhere in a file without ever trusting a length that the file claims."""

    def __init__(self, source: bytes | BinaryIO):
        self._stream = io.BytesIO(source) if isinstance(source, bytes) else source
        self.size = self._stream.seek(0, io.SEEK_END)
        self._steps = 0

    def at(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes from `offset`; TruncatedFileError where the file has fewer, or the claim is absurd."""
        if length > MAX_TEXT or offset < 0 or length < 0 or offset + length > self.size:
            raise TruncatedFileError
        self._stream.seek(offset)
        return self._stream.read(length)

    def head(self, length: int) -> bytes:
        """Up to `length` bytes from the start."""
        return self.at(0, min(length, self.size))

    def number(self, offset: int, length: int, *, little: bool = False) -> int:
        """An unsigned integer of `length` bytes."""
        return int.from_bytes(self.at(offset, length), "little" if little else "big")

    def step(self) -> None:
        """Count one part of the container; gives up on files with absurdly many."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise TruncatedFileError


def text(data: bytes) -> str:
    """Bytes of a text field: UTF-8, or Latin-1 where they are not."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def inflate(data: bytes) -> bytes:
    """Zlib data unpacked, as long as it stays within MAX_TEXT."""
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(data, MAX_TEXT)
    except zlib.error:
        raise TruncatedFileError from None
    if unpacker.unconsumed_tail:
        raise TruncatedFileError
    return unpacked
