"""The VAE's latents of the training pictures, kept in files of a few thousand, more of which can be added later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nodes.sampling.latent_formats import SD1
from tools.default_model.draw import SIZE, render
from tools.default_model.loop import device
from tools.default_model.pictures import scenes
from tools.default_model.scenes import Scene
from tools.default_model.vae import to_tensor

CHUNK, CHUNKS, STEPS_A_CHUNK = 4000, 3, 400
_FIRST_SEED = 1000
LARGE, _LARGE_SEED = 1000, 2000  # pictures of twice the size, in one chunk of their own
_BATCH = 16


def chunk_scenes(number: int) -> list[Scene]:
    """The scenes of one chunk."""
    return list(scenes(CHUNK, _FIRST_SEED + number))


def chunk_latents(folder: Path, vae: Any, number: int, outlined: bool = False) -> NDArray[np.float16]:
    """Latents of a chunk's pictures in model space [CHUNK, 4, 16, 16], from its file, which is made if missing."""
    path = folder / f"latents-{number}{'-outlined' if outlined else ''}.npy"
    return kept(path, lambda: _encode(vae, chunk_scenes(number), outlined))


def kept(path: Path, encode: Callable[[], NDArray[np.float16]]) -> NDArray[np.float16]:
    """The latents in a file, which is made if missing."""
    if not path.is_file():
        fresh = path.with_suffix(".tmp")
        with fresh.open("wb") as file:
            np.save(file, encode())
        fresh.replace(path)
        print(f"encoded {path.name}", flush=True)
    latents: NDArray[np.float16] = np.load(path)
    return latents


class Large:
    """Latents of pictures of twice the size [LARGE, 4, 32, 32], with their scenes."""

    def __init__(self, folder: Path, vae: Any):
        self._latents = kept(folder / "latents-large.npy", lambda: _encode(vae, self.scenes, size=2 * SIZE))

    @cached_property
    def scenes(self) -> list[Scene]:
        return list(scenes(LARGE, _LARGE_SEED))

    def __call__(self, step: int) -> tuple[NDArray[np.float16], Sequence[Scene]]:
        """All of them, at whatever step."""
        return self._latents, self.scenes


class Collection:
    """All latents that training may see at a step, with their scenes: first one chunk, then another every so often.

    So nobody waits for all of them to be encoded before the first step.
    """

    def __init__(self, folder: Path, vae: Any, outlined: bool = False):
        self._folder, self._vae, self._outlined = folder, vae, outlined
        self._latents = np.zeros((0, 4, 16, 16), dtype=np.float16)
        self._scenes: list[Scene] = []

    def __call__(self, step: int) -> tuple[NDArray[np.float16], Sequence[Scene]]:
        """The latents and the scenes at a step."""
        while (number := len(self._scenes) // CHUNK) < min(CHUNKS, 1 + step // STEPS_A_CHUNK):
            fresh = chunk_latents(self._folder, self._vae, number, self._outlined)
            self._latents = np.concatenate([self._latents, fresh])
            self._scenes += chunk_scenes(number)
        return self._latents, self._scenes


@torch.no_grad()
def _encode(vae: Any, chunk: list[Scene], outlined: bool = False, size: int = SIZE) -> NDArray[np.float16]:
    parts = []
    for n in range(0, len(chunk), _BATCH):
        pictures = np.stack([render(scene, outlined, size) for scene in chunk[n : n + _BATCH]])
        mean = vae.encode(to_tensor(pictures).to(device())).latent_dist.mean
        parts.append(SD1.process_in(mean).half().cpu().numpy())
    return np.concatenate(parts)
