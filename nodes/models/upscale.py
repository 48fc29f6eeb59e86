"""Upscale models: networks that enlarge pictures, through spandrel (https://github.com/chaiNNer-org/spandrel).

spandrel knows the architectures and tells them apart; it is an extra, imported when the first of these models is.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from graphcore.errors import ModelError
from graphcore.extras import install
from nodes.models.device import compute_device
from nodes.models.memory import register
from nodes.models.reader import WeightsFile, named
from nodes.models.tiling import count, tiled

TILE, SMALLEST_TILE, OVERLAP = 512, 128, 32  # pixels
CHANNELS = 3
Step = Callable[[int, int], None]


class UpscaleModel:
    """One upscale model: enlarges pictures by `scale`. Loaded when first used, and again after being unloaded."""

    def __init__(self, path: Path):
        self.path = path
        self._network: Any = None
        self._lock = threading.Lock()
        register(self)

    @property
    def scale(self) -> int:
        """Pixels of the result per pixel, each way."""
        scale: int = self.network().scale
        return scale

    def network(self) -> Any:
        """spandrel's description of the model, which can be called with [1,3,H,W] in 0..1."""
        with self._lock:
            if self._network is None:
                self._network = _load(self.path)
            return self._network

    def unload(self) -> None:
        """Forget the weights."""
        with self._lock:
            self._network = None

    def enlarge(self, image: Tensor, step: Step = lambda done, total: None) -> Tensor:
        """`image` [B,H,W,C] in 0..1, of which three channels count -> [B, H * scale, W * scale, 3] in 0..1.

        Works in tiles, which are halved where memory does not suffice. `step` hears of each tile.
        """
        pixels = image[..., :CHANNELS].movedim(-1, 1).float()
        if pixels.shape[1] != CHANNELS:
            pixels = pixels[:, :1].expand(-1, CHANNELS, -1, -1)
        tile = TILE
        while True:
            try:
                return self._enlarged(pixels, tile, step).clamp(0.0, 1.0).movedim(1, -1).contiguous()
            except torch.OutOfMemoryError:
                if tile <= SMALLEST_TILE:
                    raise
                tile //= 2

    def _enlarged(self, pixels: Tensor, tile: int, step: Step) -> Tensor:
        network = self.network()
        total = len(pixels) * count((pixels.shape[-2], pixels.shape[-1]), (tile, tile), OVERLAP)
        done = 0

        def on_tile() -> None:
            nonlocal done
            done += 1
            step(done, total)

        def run(piece: Tensor) -> Tensor:
            result: Tensor = network(piece.to(network.device))
            return result

        return tiled(pixels, run, (tile, tile), OVERLAP, float(network.scale), CHANNELS, on_tile)


def load_upscale_model(path: str | os.PathLike[str]) -> UpscaleModel:
    """Open an upscale model of any architecture that spandrel knows.

    Raises ModelError if the file is damaged, unsafe or of another kind, or spandrel is not installed.
    """
    model = UpscaleModel(Path(path))
    model.network()
    return model


def _load(path: Path) -> Any:
    try:
        import spandrel
    except ImportError as error:
        raise ModelError(f"Upscale models need the package spandrel ({error}): {install('upscale')}.") from None
    file = WeightsFile(path)
    with named(file.path):
        try:
            weights = spandrel.canonicalize_state_dict({name: file[name].clone() for name in file})
            found = spandrel.ModelLoader(compute_device()).load_from_state_dict(weights)
        except (spandrel.UnsupportedModelError, RuntimeError, KeyError, ValueError) as error:
            raise ModelError(
                f"This is no upscale model of an architecture that spandrel knows ({type(error).__name__}). Choose "
                "another, or put the file where its kind of model belongs."
            ) from None
        takes, gives = found.input_channels, found.output_channels
        if not isinstance(found, spandrel.ImageModelDescriptor) or (takes, gives) != (CHANNELS, CHANNELS):
            raise ModelError(
                f"This {found.architecture.name} model turns {takes} channels into {gives}; only models that turn "
                "colour pictures into colour pictures can be used here."
            )
    return found.eval()
