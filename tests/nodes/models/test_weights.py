from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file

from nodes.models.reader import WeightsFile
from nodes.models.weights import Weights


def test_tensors_in_the_wanted_format_stay_views_on_the_file(tmp_path: Path) -> None:
    save_file({"x": torch.ones(3), "h": torch.ones(3).half(), "n": torch.arange(3)}, tmp_path / "w.safetensors")
    file = WeightsFile(tmp_path / "w.safetensors")
    weights = Weights(file, {"one": "x", "half": "h", "number": "n"}, torch.float32)
    loaded = weights.load()
    assert loaded["one"].data_ptr() == file["x"].data_ptr()
    assert loaded["half"].dtype == torch.float32
    assert loaded["number"].dtype == torch.int64
    assert weights.load() is loaded
    assert weights.sizes() == {"one": 3, "half": 3, "number": 3}


def test_unloaded_weights_are_loaded_again(tmp_path: Path) -> None:
    save_file({"h": torch.full((5000,), 0.5).half()}, tmp_path / "w.safetensors")
    weights = Weights(WeightsFile(tmp_path / "w.safetensors"), {"h": "h"}, torch.float32)
    first = weights.load()["h"]
    weights.unload()
    second = weights.load()["h"]
    assert second is not first
    assert torch.equal(second, torch.full((5000,), 0.5))


def test_reshaping_is_applied_before_anything_else() -> None:
    weights = Weights({"a": torch.ones(2, 2, 1, 1)}, {"b": "a"}, torch.float32, reshape=lambda name, t: t.flatten(1))
    assert weights.raw("b").shape == (2, 2)
    assert weights.load()["b"].shape == (2, 2)


def test_reading_ahead_loads_every_kind_of_tensor(tmp_path: Path) -> None:
    tensors = {"x": torch.ones(3000), "h": torch.ones(3).half(), "n": torch.arange(3), "s": torch.tensor(2.0)}
    save_file({**tensors, "none": torch.ones(0, 4)}, tmp_path / "w.safetensors")
    weights = Weights(
        WeightsFile(tmp_path / "w.safetensors"), {name: name for name in (*tensors, "none")}, torch.float32
    )
    weights.read()
    assert torch.equal(weights.load()["x"], tensors["x"])
