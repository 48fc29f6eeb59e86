"""Values of tensors that a pack has loaded: the same as those of the file, and no file stays."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch


def test_a_model_of_tensors_is_that_of_the_file(base: Callable[..., Any], tiny_models: Path) -> None:
    place = base("engine_tools.py")
    shutil.copytree(tiny_models / "models", place.path / "models")
    engine, _ = place.start()

    def latent(kind: str, name: str) -> torch.Tensor:
        prompt = {
            "ckpt": {"class_type": kind, "inputs": {name: "sd15_tiny.safetensors"}},
            "text": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["ckpt", 1], "text": "a cat"}},
            "empty": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
            "sample": {
                "class_type": "KSampler",
                "inputs": {
                    "model": ["ckpt", 0], "seed": 1, "steps": 2, "cfg": 3.0, "sampler_name": "euler",
                    "scheduler": "normal", "positive": ["text", 0], "negative": ["text", 0],
                    "latent_image": ["empty", 0], "denoise": 1.0,
                },
            },
            "out": {"class_type": "VAEDecode", "inputs": {"samples": ["sample", 0], "vae": ["ckpt", 2]}},
        }  # fmt: skip
        image: torch.Tensor = engine.run(prompt, keep=["out"]).values["out"][0][0]
        return image

    assert torch.equal(latent("ToolFromTensors", "ckpt"), latent("CheckpointLoaderSimple", "ckpt_name"))
    left = [path for path in (place.folders.temp / "tensors").rglob("*") if path.is_file()]
    assert not left or os.name == "nt"
