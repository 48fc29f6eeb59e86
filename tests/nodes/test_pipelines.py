"""Whole workflows against what the field's reference saved for them: prompt in, latent and picture files out."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from graphcore import Folders, Registry
from graphcore.engine import Engine
from nodes.builtin import pack

REFERENCE = Path(__file__).parents[1] / "reference" / "pipelines"
PROMPTS: dict[str, dict[str, Any]] = json.loads(gzip.decompress((REFERENCE / "prompts.json.gz").read_bytes()))
TOLERANCE = 1e-4
STRIDE = 2  # of the pixels kept of every recorded picture, both ways


@cache
def latents() -> dict[str, torch.Tensor]:
    return load_file(REFERENCE / "latents.safetensors")


@cache
def pictures() -> dict[str, np.ndarray]:
    with np.load(REFERENCE / "pictures.npz") as stored:
        return dict(stored)


@pytest.fixture(scope="module")
def engine(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(Registry(pack), Folders(tiny_models, output=tmp_path_factory.mktemp("output")))


@pytest.mark.parametrize("name", sorted(PROMPTS))
def test_pipeline(name: str, engine: Engine) -> None:
    result = engine.run(PROMPTS[name])
    (saved,) = (load_file(path) for path in files(engine, result.ui, "latents"))
    expected = latents()[name]
    error = float((saved["latent_tensor"] - expected).norm() / expected.norm())
    assert error < TOLERANCE, f"latent is off by {error:.2e}"
    paths = files(engine, result.ui, "images")
    assert len(paths) == len(expected)
    for i, path in enumerate(paths):
        with Image.open(path) as picture:
            pixels = np.asarray(picture)[::STRIDE, ::STRIDE].astype(int)
        difference = np.abs(pixels - pictures()[f"{name}.{i}"]).max()
        assert difference <= 2, f"picture {i} is off by {difference} of 255"


def files(engine: Engine, ui: Any, kind: str) -> list[Path]:
    """The files of one kind that a run's nodes say they saved."""
    shown = [item for node in ui.values() for item in node.get(kind, ())]
    return [engine.folders.output / item["subfolder"] / item["filename"] for item in shown]
