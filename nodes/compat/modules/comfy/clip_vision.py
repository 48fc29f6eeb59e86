"""`comfy.clip_vision`: what a picture shows, as vectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from nodes.compat.handles.from_tensors import opened
from nodes.models import clip_vision
from nodes.models.clip_vision import ClipVision as ClipVisionModel
from nodes.models.clip_vision import ClipVisionOutput as Output

__all__ = ["ClipVisionModel", "Output"]


def load(ckpt_path: str) -> Any:
    """A CLIP vision model from its file."""
    return clip_vision.load_clip_vision(ckpt_path)


def load_clipvision_from_sd(sd: Mapping[str, Tensor], prefix: str = "", convert_keys: bool = False) -> Any:
    """A CLIP vision model of tensors, by the names of transformers or open_clip; those with `prefix` only."""
    own = {name.removeprefix(prefix): tensor for name, tensor in sd.items() if name.startswith(prefix)}
    return opened(own, load)


def clip_preprocess(image: Tensor, size: int = 224, mean: Any = None, std: Any = None, crop: bool = True) -> Tensor:
    """Pictures [B,H,W,C] as [B,3,size,size], normalised as CLIP was trained on."""
    return clip_vision.preprocess(image, size, crop)
