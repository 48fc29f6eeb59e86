"""Which folders hold models in diffusers' layout. No torch here: the catalogue asks."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

INDEX = "model_index.json"


def folders_in(roots: Sequence[Path]) -> list[str]:
    """The names, below `roots`, of all folders that hold such a model; links are followed."""
    return sorted({name for root in roots for name in _below(root)})


def _below(root: Path) -> Iterator[str]:
    for folder, _, files in os.walk(root, followlinks=True):
        if INDEX in files:
            yield Path(folder).relative_to(root).as_posix()
