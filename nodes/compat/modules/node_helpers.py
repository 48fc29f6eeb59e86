"""`node_helpers`: conditionings, pictures, hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import torch
from PIL import ImageFile, UnidentifiedImageError
from torch import Tensor

from nodes.guidance.conditioning import set_values


def conditioning_set_values(conditioning: Any, values: Mapping[str, Any] | None = None, append: bool = False) -> Any:
    """Every entry with `values` set; with `append` lists are added to those that are there."""
    return set_values(conditioning, values or {}, append=append)


def pillow(fn: Callable[[Any], Any], arg: Any) -> Any:
    """`fn(arg)`, and once more with truncated pictures allowed if Pillow cannot read it otherwise."""
    previous = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        return fn(arg)
    except (OSError, UnidentifiedImageError, ValueError):
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        return fn(arg)
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = previous


def hasher() -> Callable[..., Any]:
    """The hash function for telling files apart."""
    return hashlib.sha256


def string_to_torch_dtype(string: str) -> torch.dtype | None:
    """'fp32', 'fp16' or 'bf16' as torch has it."""
    return {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}.get(string)


def image_alpha_fix(destination: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
    """Both pictures [B,H,W,C] with the destination's number of channels; a missing alpha is 1."""
    if destination.shape[-1] < source.shape[-1]:
        source = source[..., : destination.shape[-1]]
    elif destination.shape[-1] > source.shape[-1]:
        source = torch.nn.functional.pad(source, (0, 1), value=1.0)
    return destination, source
