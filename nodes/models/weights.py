"""A component's weights: named views on a file, loaded when first used and held once for everybody."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from nodes.models.memory import Unloadable, make_room
from nodes.models.reader import WeightsFile

# Tensors as the component wants them, from tensors as the file has them.
Source = Mapping[str, Tensor]
PAGE = 4096  # bytes, or a part of it


class Weights:
    """Tensors by the component's own names; `names` maps those to the names in `source`.

    Files keep numbers in many formats; here they have one, `dtype`. Where the file has it already, tensors stay views
    on the file, so that loading costs no memory beyond the file's pages.
    """

    def __init__(
        self,
        source: Source,
        names: Mapping[str, str],
        dtype: torch.dtype,
        device: torch.device | None = None,
        reshape: Callable[[str, Tensor], Tensor] | None = None,
    ):
        self.names = names
        self.dtype, self.device = dtype, device or torch.device("cpu")
        self._source, self._reshape = source, reshape
        self._loaded: dict[str, Tensor] = {}
        self._lock = threading.Lock()

    @property
    def path(self) -> Path | None:
        """The file that the weights come from, if it is one."""
        return self._source.path if isinstance(self._source, WeightsFile) else None

    def make_room(self, holder: Unloadable) -> None:
        """Let go of what was used longest ago, if these weights are still to be loaded and do not fit."""
        make_room(0 if self._loaded else self.nbytes, self.device, holder)

    def sizes(self) -> dict[str, int]:
        """How many numbers each tensor has; reads nothing."""
        return {name: self._source[there].numel() for name, there in self.names.items()}

    @property
    def nbytes(self) -> int:
        """Memory that all weights take when loaded."""
        return sum(self.sizes().values()) * self.dtype.itemsize

    def raw(self, name: str) -> Tensor:
        """One tensor as the file has it: a view."""
        tensor = self._source[self.names[name]]
        return tensor if self._reshape is None else self._reshape(name, tensor)

    def load(self) -> Mapping[str, Tensor]:
        """All tensors, loaded on the first call; do not change them."""
        with self._lock:
            if not self._loaded:
                self._loaded = {name: self._convert(name) for name in self.names}
            return self._loaded

    def read(self) -> None:
        """Load, and have the pages read too of those that stay views on the file: ahead of use, in a thread."""
        for tensor in self.load().values():
            if tensor.device.type == "cpu" and tensor.is_contiguous():
                tensor.view(-1).view(torch.uint8)[::PAGE].sum()

    def unload(self) -> None:
        """Forget the loaded tensors; the next use loads them again."""
        with self._lock:
            self._loaded = {}

    def _convert(self, name: str) -> Tensor:
        tensor = self.raw(name)
        converted = tensor.to(self.device, self.dtype) if tensor.is_floating_point() else tensor.to(self.device)
        if converted is not tensor and isinstance(self._source, WeightsFile):
            # Without this, file and copy would add up: pages of a mapped file count as memory until taken back.
            self._source.release(self.names[name])
        return converted
