"""A codec for arrays, as a runtime would provide one for its tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphcore.container import Block

DTYPES = {"F32": np.float32, "F64": np.float64, "I64": np.int64, "U8": np.uint8, "BOOL": np.bool_}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}


class ArrayCodec:
    """Arrays of the usual types."""

    def encode(self, value: Any) -> Block | None:
        """The block of an array; None for anything else."""
        if not isinstance(value, np.ndarray) or value.dtype not in NAMES:
            return None
        return Block(NAMES[value.dtype], value.shape, np.ascontiguousarray(value).tobytes(), "array")

    def decode(self, block: Block) -> Any:
        """The array of a block."""
        if block.kind != "array":
            raise ValueError(f"{block.kind} is no array")
        return np.frombuffer(block.data, DTYPES[block.dtype]).reshape(block.shape).copy()
