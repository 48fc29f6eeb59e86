"""`comfy.sd`."""

from __future__ import annotations

from pathlib import Path

import torch

from nodes.compat.handles.clip import CLIP
from nodes.compat.handles.model_patcher import ModelPatcher
from nodes.compat.handles.vae import VAE
from nodes.compat.modules.comfy import sd


def test_a_checkpoint_by_the_old_function(tiny_models: Path, tmp_path: Path) -> None:
    path = str(tiny_models / "models" / "checkpoints" / "sd15_tiny.safetensors")
    model, clip, vae = sd.load_checkpoint(None, path, embedding_directory=[str(tmp_path)])
    assert isinstance(model, ModelPatcher)
    assert isinstance(clip, CLIP)
    assert isinstance(vae, VAE)
    assert vae.decode(torch.zeros(1, 4, 4, 4)).shape == (1, 32, 32, 3)
