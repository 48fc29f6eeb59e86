"""`comfy.model_patcher`: models to change."""

from __future__ import annotations

from typing import Any

from nodes.compat.handles.model_options import (
    create_model_options_clone,
    set_model_options_patch_replace,
    set_model_options_post_cfg_function,
    set_model_options_pre_cfg_function,
)
from nodes.compat.handles.model_patcher import ModelPatcher
from nodes.compat.modules.comfy.patcher_extension import CallbacksMP, PatcherInjection, WrappersMP
from nodes.compat.modules.comfy.utils import get_attr, set_attr, set_attr_param

__all__ = [
    "CallbacksMP",
    "ModelPatcher",
    "PatcherInjection",
    "WrappersMP",
    "create_model_options_clone",
    "get_attr",
    "get_key_weight",
    "low_vram_patch_estimate_vram",
    "set_attr",
    "set_attr_param",
    "set_model_options_patch_replace",
    "set_model_options_post_cfg_function",
    "set_model_options_pre_cfg_function",
]

ESTIMATE = 2  # bytes that patching a weight takes, for each byte of it


def get_key_weight(model: Any, key: str) -> tuple[Any, Any, Any]:
    """(a weight by its path, how its layer sets one, how it converts one): the latter two may be None."""
    *path, name = key.split(".")
    layer = get_attr(model, ".".join(path)) if path else model
    return getattr(layer, name), getattr(layer, f"set_{name}", None), getattr(layer, f"convert_{name}", None)


def low_vram_patch_estimate_vram(model: Any, key: str) -> int:
    """Bytes that patching a weight takes while it happens, roughly."""
    weight = get_key_weight(model, key)[0]
    return 0 if weight is None else int(weight.numel() * weight.element_size() * ESTIMATE)
