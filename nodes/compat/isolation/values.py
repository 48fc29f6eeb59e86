"""Values on their way between the engine and the process of a pack.

Plain data travels as JSON, tensors, arrays and pictures through shared memory. Whatever else a pack makes stays in its
process; the engine gets a `Kept` that stands for it, which the pack's other nodes can be handed.
"""

from __future__ import annotations

import itertools
import sys
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from graphcore.container import Block
from graphcore.errors import RunError
from graphcore.serial import Codec, Unstorable, from_tree, to_tree
from nodes.compat.isolation.memory import Exchange
from nodes.result_codec import DTYPES, TensorCodec

# A class -> what its value is as Python's own, whatever a subclass makes of `str()` and `int()`.
EXACT: dict[type[Any], Callable[[Any], Any]] = {
    bool: bool, int: int.__int__, float: float.__float__, str: str.__str__, bytes: bytes,
}  # fmt: skip


class Kept:
    """Something that a pack has made and keeps in its process. `kind`: the name of its type there."""

    def __init__(self, home: object, number: int, kind: str):
        self.home, self.number, self.kind = home, number, kind

    def __repr__(self) -> str:
        return f"<{self.kind} in a pack's own process>"


class NotPassed(RunError):
    """A value cannot reach a pack that runs in a process of its own."""


class Packer:
    """Values as messages hold them, and back."""

    def __init__(self, exchange: Exchange, codec: Codec):
        self.exchange, self.codec = exchange, codec

    def pack(self, value: Any) -> dict[str, Any]:
        """A JSON-able form of a value. NotPassed for what cannot travel."""
        try:
            tree, blocks = to_tree(plain(value), self.codec)
        except (Unstorable, RecursionError) as error:
            raise NotPassed(str(error)) from None
        path, starts = self.exchange.write(blocks)
        rows = [
            [block.dtype, block.shape, block.kind, start, len(block.data)]
            for block, start in zip(blocks, starts, strict=True)
        ]
        return {"tree": tree, "blocks": rows, "memory": path}

    def unpack(self, packed: Mapping[str, Any]) -> Any:
        """The value again."""
        memory = self.exchange.read(packed["memory"]) if packed["memory"] else memoryview(b"")
        blocks = [
            Block(dtype, tuple(shape), memory[start : start + size], kind)
            for dtype, shape, kind, start, size in packed["blocks"]
        ]
        return from_tree(packed["tree"], blocks, self.codec)


def plain(value: Any) -> Any:
    """Texts, numbers and containers of a pack's own classes as Python's own; everything else as it is."""
    if isinstance(value, Mapping):
        return {plain(name): plain(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    if isinstance(value, list | set | frozenset):
        return [plain(item) for item in value]
    for kind, exact in EXACT.items():
        if isinstance(value, kind):
            return value if type(value) is kind else exact(value)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.number | numpy.bool):
        return value.item()  # a number of numpy's, as nodes return them for INT, FLOAT and BOOLEAN
    return value


class ArrayCodec(TensorCodec):
    """Tensors (of any device, which arrive in main memory), numpy's arrays, Pillow's pictures."""

    def encode(self, value: Any) -> Block | None:
        """The block of such a value; None for any other."""
        torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
        if torch is not None and type(value) in (torch.Tensor, torch.nn.Parameter) and not value.is_meta:
            return super().encode(value.detach().cpu()) or _by_numpy(value)
        if numpy is not None and type(value) is numpy.ndarray and value.dtype.kind in "biufc":
            flat = numpy.ascontiguousarray(value)
            return Block("U8", value.shape, flat.reshape(-1).view(numpy.uint8).data, f"array {value.dtype.str}")
        if type(value).__module__.startswith("PIL."):
            value = value if value.mode in ("L", "RGB", "RGBA") else value.convert("RGB")
            return Block("U8", value.size, value.tobytes(), f"picture {value.mode}")
        return None

    def decode(self, block: Block) -> Any:
        """The value, in the memory that it came in."""
        name, _, detail = block.kind.partition(" ")
        if name == "array":
            return _array(block, detail)
        if name == "picture":
            from PIL import Image

            return Image.frombytes(detail, block.shape, bytes(block.data))  # type: ignore[arg-type]
        if not len(block.data) and not detail:
            return super().decode(block)
        import torch

        if detail:
            return torch.from_numpy(_array(block, detail).copy())

        return torch.frombuffer(block.data, dtype=getattr(torch, DTYPES[block.dtype])).reshape(block.shape)


def _by_numpy(tensor: Any) -> Block | None:
    """The block of a tensor in a format that only numpy has a name for; None for layouts other than dense ones."""
    try:
        flat = tensor.detach().cpu().resolve_conj().resolve_neg().contiguous().numpy()
    except (TypeError, RuntimeError):
        return None
    return Block("U8", flat.shape, flat.reshape(-1).view("uint8").data, f"tensor {flat.dtype.str}")


def _array(block: Block, dtype: str) -> Any:
    import numpy

    return numpy.frombuffer(block.data, numpy.dtype(dtype)).reshape(block.shape)


class EngineCodec(ArrayCodec):
    """The engine's side: stands for what a pack keeps, and lets it go by `forget(number)`."""

    def __init__(self, home: object, pack: str, forget: Callable[[int], None]):
        self.home, self.pack, self._forget = home, pack, forget

    def encode(self, value: Any) -> Block | None:
        """As above. NotPassed for what is neither data nor this process's own."""
        found = super().encode(value)
        if found is not None:
            return found
        if isinstance(value, Kept) and value.home is self.home:
            return Block("U8", (0,), b"", f"kept {value.number}")
        where = value.kind if isinstance(value, Kept) else type(value).__name__
        raise NotPassed(
            f"A {where} cannot be handed to the pack '{self.pack}', which runs in a process of its own: only data "
            "passes (texts, numbers, lists, tensors, pictures), and what the pack itself has made since it was started."
        )

    def decode(self, block: Block) -> Any:
        """As above; what the pack keeps is a `Kept`."""
        if not block.kind.startswith("made "):
            return super().decode(block)
        _, number, kind = block.kind.split(" ", 2)
        kept = Kept(self.home, int(number), kind)
        weakref.finalize(kept, self._forget, kept.number)
        return kept


class PackCodec(ArrayCodec):
    """The pack's side: keeps what cannot travel."""

    def __init__(self) -> None:
        self.kept: dict[int, Any] = {}
        self._numbers = itertools.count()

    def encode(self, value: Any) -> Block | None:
        """As above; anything else is kept."""
        found = super().encode(value)
        if found is not None:
            return found
        number = next(self._numbers)
        self.kept[number] = value
        return Block("U8", (0,), b"", f"made {number} {type(value).__name__}")

    def decode(self, block: Block) -> Any:
        """As above, and what was kept."""
        name, _, number = block.kind.partition(" ")
        return self.kept[int(number)] if name == "kept" else super().decode(block)
