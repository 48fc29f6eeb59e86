"""Rendered pictures kept in files, so that training reads them instead of drawing them again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.default_model.draw import render
from tools.default_model.scenes import Scene, held_out_single, random_scene

_OUTLINED_SHARE = 0.1


def scenes(count: int, seed: int) -> Iterator[Scene]:
    """The first `count` scenes of a seed; a longer run begins with the same ones."""
    rng = random.Random(seed)
    return (random_scene(rng) for _ in range(count))


def held_out_pictures(count: int, seed: int = 99, size: int = 128) -> NDArray[np.uint8]:
    """Renders of combinations that training never sees [count, size, size, 3]."""
    rng = random.Random(seed)
    return np.stack([render(held_out_single(rng), size=size) for _ in range(count)])


def rendered(folder: Path, count: int, seed: int, size: int = 128) -> NDArray[Any]:
    """Renders of `scenes(count, seed)` [count, size, size, 3], uint8, mapped from a file that is made once.

    One in ten has its things drawn as outlines, so that the VAE knows that style too.
    """
    path = folder / f"pictures-{size}-{count}-{seed}.npy"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".tmp")
        with fresh.open("wb") as file:
            pictures = np.empty((count, size, size, 3), dtype=np.uint8)
            rng = random.Random(seed + 1)
            for n, scene in enumerate(scenes(count, seed)):
                pictures[n] = render(scene, outlined=rng.random() < _OUTLINED_SHARE, size=size)
            np.save(file, pictures)
        fresh.replace(path)
    mapped: NDArray[Any] = np.load(path, mmap_mode="r")
    return mapped
