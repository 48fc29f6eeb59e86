"""A component's weights: named views on a file, loaded when first used and held once for everybody.

Loaded weights lie where and as they compute, as far as there is room. Others rest: on the CPU, as the file has them, or
in the smaller `storage` format that they were asked to be kept in. `streaming` brings those to work layer by layer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from nodes.models.memory import Unloadable, account, make_room, room
from nodes.models.reader import WeightsFile

# Tensors as the component wants them, from tensors as the file has them.
Source = Mapping[str, Tensor]
PAGE = 4096  # bytes, or a part of it
# Of the room that there is: left to what the network computes with, where weights do not fit anyway.
WORKING_SHARE = 0.25
CPU = torch.device("cpu")


class Weights:
    """Tensors by the component's own names; `names` maps those to the names in `source`.

    Files keep numbers in many formats; here they have one, `dtype`. Where the file has it already, tensors stay views
    on the file, so that loading costs no memory beyond the file's pages. `storage` is a smaller format for matrices and
    kernels, which then compute in `dtype` all the same.
    """

    def __init__(
        self,
        source: Source,
        names: Mapping[str, str],
        dtype: torch.dtype,
        device: torch.device | None = None,
        reshape: Callable[[str, Tensor], Tensor] | None = None,
        storage: torch.dtype | None = None,
    ):
        self.names = names
        self.dtype, self.device, self.storage = dtype, device or CPU, storage
        self._source, self._reshape = source, reshape
        self._loaded: dict[str, Tensor] = {}
        self._lock = threading.RLock()

    @property
    def path(self) -> Path | None:
        """The file that the weights come from, if it is one."""
        return self._source.path if isinstance(self._source, WeightsFile) else None

    def make_room(self, holder: Unloadable, names: Iterable[str] | None = None, more: int = 0) -> None:
        """Have others let go of what was used longest ago, until what is still to be loaded fits, and `more` bytes."""
        missing = (name for name in (self.names if names is None else names) if name not in self._loaded)
        make_room(sum(map(self.cost, missing)) + more, self.device, holder)

    def sizes(self) -> dict[str, int]:
        """How many numbers each tensor has; reads nothing."""
        return {name: self._source[there].numel() for name, there in self.names.items()}

    @property
    def nbytes(self) -> int:
        """Memory that all weights take when loaded."""
        return sum(size * self.format(name).itemsize for name, size in self.sizes().items())

    def format(self, name: str) -> torch.dtype:
        """The number format that a weight is kept in, where there is room."""
        tensor = self._source[self.names[name]]
        if not tensor.is_floating_point():
            return tensor.dtype
        return self.storage if self.storage is not None and tensor.dim() > 1 else self.dtype

    def cost(self, name: str) -> int:
        """Bytes that loading one weight takes beyond the file's pages."""
        tensor = self._source[self.names[name]]
        free = tensor.device == self.device and tensor.dtype == self.format(name)
        return 0 if free else tensor.numel() * self.format(name).itemsize

    def raw(self, name: str) -> Tensor:
        """One tensor as the file has it: a view."""
        tensor = self._source[self.names[name]]
        return tensor if self._reshape is None else self._reshape(name, tensor)

    def load(self, names: Iterable[str] | None = None) -> Mapping[str, Tensor]:
        """Tensors by name, all by default, each loaded when first asked for; do not change them.

        What does not fit rests on the CPU as the file has it.
        """
        wanted = list(self.names) if names is None else list(names)
        with self._lock:
            missing = [name for name in wanted if name not in self._loaded]
            if missing:
                for name, fits in self._placed(missing):
                    self._loaded[name] = self._convert(name) if fits else self._resting(name)
                account(self, self.device, sum(self.cost(name) for name in self._loaded if self._is_resident(name)))
            return self._loaded if names is None else {name: self._loaded[name] for name in wanted}

    def kept(self, name: str, tensor: Tensor) -> Tensor:
        """A changed weight (float32) in the format and at the place of the one it takes the place of."""
        fits = tensor.numel() * self.format(name).itemsize <= room(self.device)
        return tensor.to(self.device if fits else CPU, self.format(name))

    def originals(self) -> Iterator[tuple[str, Tensor]]:
        """Every weight by name as the file has it, read one by one."""
        return ((name, self.raw(name)) for name in self.names)

    def read(self, names: Iterable[str] | None = None) -> None:
        """Load, and have the pages read too of those that stay views on the file: ahead of use, in a thread."""
        for tensor in self.load(names).values():
            if tensor.device.type == "cpu" and tensor.is_contiguous():
                tensor.view(-1).view(torch.uint8)[::PAGE].sum()

    def unload(self) -> None:
        """Forget the loaded tensors; the next use loads them again."""
        with self._lock:
            self._loaded = {}
            account(self, self.device, 0)

    def _placed(self, names: list[str]) -> list[tuple[str, bool]]:
        """Each name, and whether there is room for that weight: for all if they fit, else for as many as do."""
        costs = {name: self.cost(name) for name in names}
        left = room(self.device)
        if sum(costs.values()) > left:
            left = left * (1 - WORKING_SHARE) - 2 * max(costs.values())  # a layer in use, and the next one
        placed = []
        for name, cost in costs.items():
            fits = cost <= max(0.0, left)
            left -= cost if fits else 0
            placed.append((name, fits))
        return placed

    def _is_resident(self, name: str) -> bool:
        tensor = self._loaded[name]
        return tensor.device.type == self.device.type and tensor.dtype == self.format(name)

    def _resting(self, name: str) -> Tensor:
        """A weight that does not fit, as small as it is to be had: the file's own pages, where those are no larger."""
        tensor = self.raw(name)
        if self.format(name).itemsize < tensor.dtype.itemsize:
            tensor = tensor.to(self.format(name))
        return tensor.pin_memory() if self.device.type == "cuda" else tensor

    def _convert(self, name: str) -> Tensor:
        tensor = self.raw(name)
        converted = tensor.to(self.device, self.format(name))
        if converted is not tensor and isinstance(self._source, WeightsFile):
            # Without this, file and copy would add up: pages of a mapped file count as memory until taken back.
            self._source.release(self.names[name])
        return converted
