"""Bounded random access to a file or bytes."""

from __future__ import annotations

import io
import zlib
from typing import BinaryIO

MAX_TEXT = 16 << 20
"""Longest text that is taken out of a container, in bytes."""
MAX_READ = 3 * MAX_TEXT
"""Most bytes that are taken out of one container, unpacked ones included; what is stepped over does not count."""
MAX_STEPS = 100_000
"""Most parts of a container that are looked at."""


class TruncatedFileError(Exception):
    """A container says that it goes on where the file ends. What was found until then counts."""


class _Budget:
    """What reading one file may still cost."""

    def __init__(self) -> None:
        self.bytes, self.steps = MAX_READ, MAX_STEPS

    def spend(self, bytes: int = 0, steps: int = 0) -> None:
        self.bytes -= bytes
        self.steps -= steps
        if self.bytes < 0 or self.steps < 0:
            raise TruncatedFileError


class Reader:
    """Reads from anywhere in a file without ever trusting a length that the file claims, and never without end."""

    def __init__(self, source: bytes | BinaryIO, budget: _Budget | None = None):
        self._stream = io.BytesIO(source) if isinstance(source, bytes) else source
        self._budget = budget or _Budget()
        self.size = self._stream.seek(0, io.SEEK_END)

    def within(self, block: bytes) -> Reader:
        """A reader of a block of this file, which shares its limits."""
        return Reader(block, self._budget)

    def at(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes from `offset`; TruncatedFileError where the file has fewer, or too much was read."""
        if length > MAX_TEXT or offset < 0 or length < 0 or offset + length > self.size:
            raise TruncatedFileError
        self._budget.spend(bytes=length)
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
        self._budget.spend(steps=1)

    def inflate(self, data: bytes) -> bytes:
        """Zlib data unpacked, as long as it stays within MAX_TEXT."""
        unpacker = zlib.decompressobj()
        try:
            unpacked = unpacker.decompress(data, MAX_TEXT)
        except zlib.error:
            raise TruncatedFileError from None
        self._budget.spend(bytes=len(unpacked))
        if unpacker.unconsumed_tail:
            raise TruncatedFileError
        return unpacked


def text(data: bytes) -> str:
    """Bytes of a text field: UTF-8, or Latin-1 where they are not."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
