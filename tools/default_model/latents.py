"""The VAE's latents of the training pictures, kept in files of a few thousand, more of which can be added later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nodes.sampling.latent_formats import SD1
from tools.default_model.draw import render
from tools.default_model.loop import device
from tools.default_model.pictures import scenes
from tools.default_model.scenes import Scene
from tools.default_model.vae import to_tensor

CHUNK = 4000
_FIRST_SEED = 1000
_BATCH = 16


def chunk_scenes(number: int) -> list[Scene]:
    """The scenes of one chunk."""
    return list(scenes(CHUNK, _FIRST_SEED + number))


def chunk_latents(folder: Path, vae: Any, number: int, outlined: bool = False) -> NDArray[np.float16]:
    """Latents of a chunk's pictures in model space [CHUNK, 4, 16, 16], from its file, which is made if missing."""
    path = folder / f"latents-{number}{'-outlined' if outlined else ''}.npy"
    if not path.is_file():
        fresh = path.with_suffix(".tmp")
        with fresh.open("wb") as file:
            np.save(file, _encode(vae, chunk_scenes(number), outlined))
        fresh.replace(path)
        print(f"encoded {path.name}", flush=True)
    latents: NDArray[np.float16] = np.load(path)
    return latents


@torch.no_grad()
def _encode(vae: Any, chunk: list[Scene], outlined: bool) -> NDArray[np.float16]:
    parts = []
    for n in range(0, len(chunk), _BATCH):
        pictures = np.stack([render(scene, outlined) for scene in chunk[n : n + _BATCH]])
        mean = vae.encode(to_tensor(pictures).to(device())).latent_dist.mean
        parts.append(SD1.process_in(mean).half().cpu().numpy())
    return np.concatenate(parts)
