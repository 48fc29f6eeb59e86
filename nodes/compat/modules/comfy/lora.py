"""`comfy.lora`: LoRA files as weight patches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from nodes.compat.handles.weight_patches import again
from nodes.models.lora_parts import change_of, grouped
from nodes.models.lora_targets import clip_targets, model_targets
from nodes.models.patches import apply_patches


def model_lora_keys_unet(model: Any, key_map: dict[str, Any] | None = None) -> dict[str, Any]:
    """Name in a LoRA file -> name of the weight, for a diffusion model (`model.model`)."""
    native = model.native
    return {**(key_map or {}), **model_targets(native.names(), native.family.shape)}


def model_lora_keys_clip(model: Any, key_map: dict[str, Any] | None = None) -> dict[str, Any]:
    """The same for text encoders (`clip.cond_stage_model`)."""
    clip = model._clip
    found: dict[str, Any] = {}
    by_owner: dict[str, dict[str, str]] = {}
    for key, target in clip.weight_targets().items():
        by_owner.setdefault(target.owner, {})[target.name] = key
    for owner, names in by_owner.items():
        found |= {name: names[weight] for name, weight in clip_targets(owner, names, "l" in by_owner).items()}
    return {**(key_map or {}), **found}


def load_lora(lora: Mapping[str, Tensor], to_load: Mapping[str, Any], log_missing: bool = True) -> dict[Any, Any]:
    """Weight name -> patch, for what has a weight; to be given to `add_patches`."""
    patches: dict[Any, Any] = {}
    for name, parts in grouped(lora).items():
        change = change_of(parts)
        if change is None or name not in to_load:
            continue
        weight = to_load[name]
        if change.weight is not None:
            patches[weight] = change.weight
        if change.bias is not None:
            patches[f"{weight.removesuffix('.weight')}.bias"] = change.bias
    return patches


def calculate_weight(
    patches: Sequence[Any], weight: Tensor, key: str, intermediate_dtype: torch.dtype = torch.float32,
    original_weights: Any = None,
) -> Tensor:  # fmt: skip
    """A weight with patches (strength, patch, model strength, window, function) applied."""
    return apply_patches(weight.to(intermediate_dtype), [again(patch) for patch in patches])


def convert_lora(sd: dict[str, Tensor]) -> dict[str, Tensor]:
    """Files in other layouts: their names are read as they are."""
    return sd
