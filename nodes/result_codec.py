"""How results are stored on disk: tensors as blocks of bytes. What else the runtime makes (models, samplers) is not.

Costs no torch until there is a tensor: a workflow of texts and numbers is stored and read without it.
"""

from __future__ import annotations

import sys
from typing import Any

from graphcore.container import Block

DTYPES = {
    "BOOL": "bool", "U8": "uint8", "I8": "int8", "I16": "int16", "I32": "int32", "I64": "int64",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "F16": "float16", "BF16": "bfloat16",
    "F32": "float32", "F64": "float64", "C64": "complex64",
}  # fmt: skip
NAMES = {f"torch.{dtype}": name for name, dtype in DTYPES.items()}
KIND = "tensor"


class TensorCodec:
    """Takes plain tensors in host memory, which is where images, masks, latents and conditionings live."""

    def encode(self, value: Any) -> Block | None:
        """The block of a tensor; None for anything else, and for tensors of a device, with gradients, or sparse."""
        if "torch" not in sys.modules:
            return None
        import torch

        if type(value) is not torch.Tensor or str(value.dtype) not in NAMES:
            return None
        if value.device.type != "cpu" or value.requires_grad or value.layout is not torch.strided:
            return None
        data = value.resolve_conj().resolve_neg().contiguous().reshape(-1).view(torch.uint8)
        return Block(NAMES[str(value.dtype)], tuple(value.shape), data.numpy().data, KIND)

    def decode(self, block: Block) -> Any:
        """The tensor of a block, in memory of its own."""
        if block.kind != KIND:
            raise ValueError(f"a block of kind {block.kind!r} is no tensor")
        import torch

        dtype = getattr(torch, DTYPES[block.dtype])
        if not len(block.data):
            return torch.empty(block.shape, dtype=dtype)
        return torch.frombuffer(block.data, dtype=dtype).reshape(block.shape).clone()
