"""Reads safetensors files through a memory map: the header is checked whole, weights are read when they are touched.

The format is https://github.com/huggingface/safetensors#format. A file is judged by its content, never by its name.
"""

from __future__ import annotations

import json
import math
import mmap
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from graphcore.errors import ModelError

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
MAX_HEADER = 100_000_000  # bytes; the format's own limit


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one tensor lies: `start` is a byte offset in the file."""

    dtype: torch.dtype
    shape: tuple[int, ...]
    start: int

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


class WeightsFile(Mapping[str, Tensor]):
    """An open safetensors file as a mapping from tensor name to tensor.

    Tensors are views on a private mapping of the file: nothing is read before it is touched, writing to one never
    reaches the file. `metadata` is the header's text map. Raises ModelError if the file is not sound safetensors.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path)
        self._map = _open(self.path)
        self.entries, self.metadata = _read_header(self.path, self._map)

    def __getitem__(self, name: str) -> Tensor:
        entry = self.entries[name]
        if not entry.nbytes:
            return torch.empty(entry.shape, dtype=entry.dtype)
        if entry.start % entry.dtype.itemsize:  # such a file is legal, but hardware wants aligned numbers
            raw = torch.frombuffer(self._map, dtype=torch.uint8, count=entry.nbytes, offset=entry.start).clone()
            return raw.view(entry.dtype).reshape(entry.shape)
        count = math.prod(entry.shape)
        return torch.frombuffer(self._map, dtype=entry.dtype, count=count, offset=entry.start).reshape(entry.shape)

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every tensor's shape; reads no weights."""
        return {name: entry.shape for name, entry in self.entries.items()}

    def release(self, name: str) -> None:
        """Let the system take back the pages of a tensor that has been copied; it can still be read again."""
        entry = self.entries[name]
        start = -(-entry.start // mmap.PAGESIZE) * mmap.PAGESIZE
        end = (entry.start + entry.nbytes) // mmap.PAGESIZE * mmap.PAGESIZE
        if hasattr(mmap, "MADV_DONTNEED") and end > start:
            self._map.madvise(mmap.MADV_DONTNEED, start, end - start)


@contextmanager
def named(path: Path | None) -> Iterator[None]:
    """Errors about a file's content name the file; None is content that comes from no file."""
    try:
        yield
    except ModelError as error:
        raise ModelError(f"{path}: {error}" if path else str(error)) from None


def _open(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                raise ModelError(f"{path} is empty. The download probably failed: fetch it again.")
            # A copying map, because tensors want writable memory; it stays one with the file until written to.
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except OSError as error:
        raise ModelError(
            f"{path} cannot be opened: {error.strerror or error}. Check the name and its permissions."
        ) from None


def _read_header(path: Path, data: mmap.mmap) -> tuple[dict[str, Entry], dict[str, str]]:
    length = int.from_bytes(data[:8], "little")
    if not 2 <= length <= MAX_HEADER or data[8:9] != b"{":
        raise _other_format(path, data)
    if 8 + length > len(data):
        raise _truncated(path, 8 + length, len(data))
    try:
        header = json.loads(data[8 : 8 + length].decode("utf-8"))
    except (ValueError, RecursionError):
        raise _damaged(path, "its header is not JSON") from None
    if not isinstance(header, dict):
        raise _damaged(path, "its header is not a JSON object")
    metadata = header.pop("__metadata__", None) or {}
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise _damaged(path, "its metadata is not a map of texts")
    entries = {name: _entry(path, name, row, 8 + length) for name, row in header.items()}
    _check_extent(path, entries, 8 + length, len(data))
    return entries, metadata


def _other_format(path: Path, data: mmap.mmap) -> ModelError:
    head = data[:8]
    if head[:1] == b"\x80" or head[:4] == b"PK\x03\x04":
        return ModelError(
            f"{path} is a pickle (the format of .ckpt, .pt, .pth and .bin files). Pickles can run any code when they "
            "are read, so they are never opened here. Use the model's .safetensors version, or take the weights out "
            f"with `graphcore models convert {path}`, which runs nothing of it."
        )
    if head[:4] == b"GGUF":
        return ModelError(f"{path} is a GGUF file, which is not supported. Use the model's .safetensors version.")
    if head.lstrip()[:1] == b"<" or head[:7] == b"version":
        return ModelError(
            f"{path} is a web page or a Git LFS pointer that was saved in place of the model. Fetch the file itself."
        )
    return ModelError(f"{path} is not a safetensors file. Fetch the .safetensors version of this model.")


def _entry(path: Path, name: str, row: Any, base: int) -> Entry:
    try:
        kind, shape, (start, end) = row["dtype"], row["shape"], row["data_offsets"]
    except (TypeError, KeyError, ValueError):
        raise _damaged(path, f"the entry of tensor '{name}' is not complete") from None
    sizes = [*shape, start, end] if isinstance(shape, list) else [None]
    if not all(type(size) is int and size >= 0 for size in sizes):
        raise _damaged(path, f"tensor '{name}' has a shape or place that is not made of whole numbers")
    dtype = DTYPES.get(kind) if isinstance(kind, str) else None
    if dtype is None:
        raise ModelError(f"{path}: tensor '{name}' has the number format {kind!r}, which is not supported.")
    entry = Entry(dtype, tuple(shape), base + start)
    if entry.nbytes != end - start:
        raise _damaged(path, f"tensor '{name}' of shape {shape} claims {end - start} bytes but needs {entry.nbytes}")
    return entry


def _check_extent(path: Path, entries: Mapping[str, Entry], base: int, size: int) -> None:
    """Tensors must lie side by side and fill the file: overlaps and gaps are how a file lies about its content."""
    place = base
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].start, item[1].nbytes)):
        if entry.start + entry.nbytes > size:
            raise _truncated(path, entry.start + entry.nbytes, size)
        if entry.start != place:
            raise _damaged(path, f"tensor '{name}' overlaps another or leaves a gap before it")
        place += entry.nbytes
    if place != size:
        raise _damaged(path, f"{size - place} bytes after the last tensor belong to nothing")


def _truncated(path: Path, wanted: int, size: int) -> ModelError:
    return ModelError(
        f"{path} is cut off: its header speaks of {wanted:,} bytes, the file has {size:,}. Fetch it again."
    )


def _damaged(path: Path, why: str) -> ModelError:
    return ModelError(f"{path} is damaged: {why}. Fetch it again.")
