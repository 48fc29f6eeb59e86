from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

from nodes.models.tiny import CHECKPOINT, write_tiny_models
from nodes.runtime import tiny_model


def test_weights_are_the_same_every_time(tmp_path: Path) -> None:
    write_tiny_models(tmp_path / "a", [CHECKPOINT])
    made = tiny_model(tmp_path / "b")
    first, second = load_file(tmp_path / "a" / CHECKPOINT), load_file(made)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert made.stat().st_size < 64 << 20
