"""Tiny models with random weights in the key layouts of published checkpoints.

`python -m tests.tiny_models DIR` lays out a base directory with them: models/checkpoints, models/loras, ... and input.

The recorded pipelines were made with these weights.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from nodes.models.tiny import HEADS, write_tiny_models

__all__ = ["HEADS", "write_base_directory", "write_tiny_models"]

REFERENCE = Path(__file__).parent / "reference" / "tiny_models"
FOLDERS = {
    "sd15_tiny.safetensors": "checkpoints",
    "sdxl_tiny.safetensors": "checkpoints",
    "sd15_tiny_lora.safetensors": "loras",
    "sd15_tiny_control.safetensors": "controlnet",
    "tinyembed.safetensors": "embeddings",
}


def write_base_directory(base: str | Path) -> None:
    """Lay out a base directory: every tiny model in the folder of its kind, and input/fixture.png."""
    base = Path(base)
    for file, kind in FOLDERS.items():
        write_tiny_models(base / "models" / kind, [file])
    (base / "input").mkdir(exist_ok=True)
    shutil.copyfile(REFERENCE / "fixture.png", base / "input" / "fixture.png")


if __name__ == "__main__":
    write_base_directory(sys.argv[1])
