"""Sampling as packs do it: by class, by `common_ksampler` and by `comfy.sample`, all the same picture."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch


@pytest.mark.parametrize(("sampler", "scheduler"), [("euler", "normal"), ("dpmpp_2m_sde", "karras")])
def test_three_ways_give_one_result(base: Callable[..., Any], tiny_models: Path, sampler: str, scheduler: str) -> None:
    place = base("sampling_tools.py")
    shutil.copytree(tiny_models / "models", place.path / "models")
    engine, _ = place.start()
    inputs = {"ckpt": "sd15_tiny.safetensors", "sampler": sampler, "scheduler": scheduler, "seed": 5}
    result = engine.run({"1": {"class_type": "ToolSampling", "inputs": inputs}}, keep=["1"]).values["1"]
    first, second, third = (values[0]["samples"] for values in result[:3])
    assert torch.equal(first, second)
    assert torch.equal(first, third)
    assert result[3][0].shape == (1, 64, 64, 3)
