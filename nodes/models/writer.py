"""Writes safetensors files tensor by tensor, so that saving a model takes no more memory than its largest weight."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from graphcore.errors import ModelError
from nodes.models.reader import DTYPES

_CODES = {dtype: code for code, dtype in DTYPES.items()}


@dataclass(frozen=True)
class Row:
    """A tensor to be written: what the header says, and how to make it when its turn comes."""

    name: str
    dtype: torch.dtype
    shape: tuple[int, ...]
    make: Callable[[], Tensor]

    @classmethod
    def of(cls, name: str, tensor: Tensor) -> Row:
        """A row for a tensor that is there already."""
        return cls(name, tensor.dtype, tuple(tensor.shape), lambda: tensor)

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def write(path: str | os.PathLike[str], rows: Sequence[Row], metadata: Mapping[str, str] | None = None) -> None:
    """Write `rows` and text `metadata` to `path`: either the whole file is there afterwards, or nothing changed.

    Raises ModelError if the file cannot be written.
    """
    path = Path(path)
    header = _header(rows, metadata or {})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _refused(path, error) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(len(header).to_bytes(8, "little") + header)
            for row in rows:
                file.write(_bytes(row))
        Path(temporary).replace(path)
    except OSError as error:
        raise _refused(path, error) from None
    finally:
        Path(temporary).unlink(missing_ok=True)


def _header(rows: Sequence[Row], metadata: Mapping[str, str]) -> bytes:
    entries: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    place = 0
    for row in rows:
        end = place + row.nbytes
        entries[row.name] = {"dtype": _CODES[row.dtype], "shape": list(row.shape), "data_offsets": [place, end]}
        place = end
    text = json.dumps(entries).encode()
    return text + b" " * (-len(text) % 8)  # weights that start at a multiple of 8 can be used in place


def _bytes(row: Row) -> memoryview:
    tensor = row.make().to("cpu", row.dtype)
    if tuple(tensor.shape) != row.shape:
        raise ModelError(f"'{row.name}' became {list(tensor.shape)} where {list(row.shape)} was announced.")
    return tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data


def _refused(path: Path, error: OSError) -> ModelError:
    return ModelError(f"{path} cannot be written: {error.strerror or error}. Check the folder and the space left.")
