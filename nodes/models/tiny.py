"""Tiny models with random weights in the key layouts of published checkpoints, for tests.

The manifest lists every tensor's name, shape and type; the values come from one rule, so the files need not be stored:
a tensor's generator is seeded with the crc32 of "<file>/<name>".
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

CHECKPOINT = "sd15_tiny.safetensors"
# The head count of the text encoders does not show in their shapes (published ones have 64 channels a head).
HEADS = json.dumps({"clip_l": {"num_attention_heads": 4}, "clip_g": {"num_attention_heads": 4}})


def write_tiny_models(folder: str | Path, names: Sequence[str] | None = None) -> None:
    """Write the tiny model files (all of them, or those named) flat into `folder`."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    packed = files("nodes.models").joinpath("data/tiny_models.json.gz").read_bytes()
    manifest = json.loads(gzip.decompress(packed))
    for file in names or manifest:
        tensors = {name: tensor_of(file, name, shape, kind) for name, shape, kind in manifest[file]}
        has_text_encoder = any("text_model.embeddings" in name for name in tensors)
        save_file(tensors, folder / file, metadata={"graphcore.config": HEADS} if has_text_encoder else None)


def tensor_of(file: str, name: str, shape: Sequence[int], kind: str) -> Tensor:
    """The value of one tensor: fp16, or int64 for position ids."""
    if kind == "i64":
        return torch.arange(math.prod(shape)).reshape(list(shape))
    if name.endswith(".alpha"):
        return torch.tensor(2.0, dtype=torch.float16)
    if name.endswith("logit_scale"):
        return torch.tensor(4.6055, dtype=torch.float16)
    generator = torch.Generator().manual_seed(zlib.crc32(f"{file}/{name}".encode()))
    noise = torch.randn(list(shape), generator=generator)
    if len(shape) >= 2:
        return (noise * _spread(file, name, shape)).half()
    return (1 + 0.1 * noise if name.endswith("weight") else 0.05 * noise).half()


def _spread(file: str, name: str, shape: Sequence[int]) -> float:
    """Standard deviation of a matrix or kernel; fan-in scaling keeps activations near 1."""
    if "token_embedding" in name or "emb_params" in name:
        return 0.3
    if "position" in name:
        return 0.1
    if "lora_up" in name:
        return 0.5
    return (0.5 if "control" in file else 1.0) / math.sqrt(math.prod(shape[1:]))
