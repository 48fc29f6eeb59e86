"""`comfy.controlnet`: networks that steer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from nodes.compat.handles.boundary import given, taken
from nodes.compat.handles.control import ControlBase, ControlLora, ControlNet, StrengthType, T2IAdapter
from nodes.compat.handles.from_tensors import opened
from nodes.models import controlnet
from nodes.models.controlnet import spread_over_batch

__all__ = ["ControlBase", "ControlLora", "ControlNet", "StrengthType", "T2IAdapter"]


def load_controlnet(ckpt_path: str, model: Any = None, model_options: Any = None) -> Any:
    """A ControlNet or T2I-Adapter from its file."""
    return given(controlnet.load_controlnet(ckpt_path, taken(model)))


def load_controlnet_state_dict(
    state_dict: Mapping[str, Tensor], model: Any = None, model_options: Any = None, ckpt_path: str | None = None
) -> Any:
    """A ControlNet or T2I-Adapter of tensors."""
    return opened(state_dict, lambda path: load_controlnet(path, model))


def broadcast_image_to(tensor: Tensor, target_batch_size: int, batched_number: int) -> Tensor:
    """Hints for a batch in which every cond has an equal share."""
    return spread_over_batch(tensor, target_batch_size, batched_number)
