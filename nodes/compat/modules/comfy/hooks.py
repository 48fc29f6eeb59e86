"""`comfy.hooks`: weights that change for some conditionings only, as packs make and pass them on.

A group is a value of our own HOOKS sockets, and so works in our nodes and in our sampling.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from torch import Tensor

from nodes.compat.handles.boundary import taken
from nodes.compat.handles.hooks import HookGroup, HookKeyframe, HookKeyframeGroup
from nodes.compat.stubs import stub
from nodes.guidance import conditioning as ours
from nodes.guidance import hooks as native
from nodes.guidance.keyframes import interpolated
from nodes.guidance.model_as_lora import ModelAsLora
from nodes.models.lora import LoraFile
from nodes.models.lora_parts import change_of, grouped

__all__ = ["HookGroup", "HookKeyframe", "HookKeyframeGroup"]

TransformerOptionsHook = stub("comfy.hooks.TransformerOptionsHook")


class EnumHookScope(Enum):
    """Whether a hook concerns everything, or the conditionings that carry it."""

    AllConditioning = "all_conditioning"
    HookedOnly = "hooked_only"


class EnumHookMode(Enum):
    """Whether speed or memory comes first; Graphcore decides by itself."""

    MinVram = "minvram"
    MaxSpeed = "maxspeed"


class EnumHookType(Enum):
    """What a hook changes."""

    Weight = "weight"
    ObjectPatch = "object_patch"
    AdditionalModels = "add_models"
    TransformerOptions = "transformer_options"
    Injections = "add_injections"


def create_hook_lora(lora: Mapping[str, Tensor], strength_model: float, strength_clip: float) -> HookGroup:
    """A group of one hook: a LoRA's tensors."""
    changes = {target: change for target, parts in grouped(lora).items() if (change := change_of(parts))}
    file = LoraFile(Path("tensors"), changes, {name: tuple(tensor.shape) for name, tensor in lora.items()})
    return HookGroup((native.WeightHook(file, strength_model, strength_clip),))


def create_hook_model_as_lora(
    weights_model: Any, weights_clip: Any, strength_model: float, strength_clip: float
) -> HookGroup:
    """A group of one hook: another model, and its text encoders, in place of the sampled one's."""
    change = ModelAsLora(taken(weights_model), taken(weights_clip))
    return HookGroup((native.WeightHook(change, strength_model, strength_clip),))


def set_hooks_for_conditioning(
    cond: Any, hooks: native.HookGroup | None, append_hooks: bool = True, cache: Any = None
) -> Any:
    """CONDITIONING that carries hooks, after those that it has already unless `append_hooks` is False."""
    if hooks is None:
        return cond
    if append_hooks:
        return ours.add_hooks(cond, taken(hooks))
    return ours.set_values(cond, {"hooks": taken(hooks)})


def get_sorted_list_via_attr(objects: Iterable[Any], attr: str) -> list[Any]:
    """Objects in the order of an attribute."""
    return sorted(objects, key=lambda found: getattr(found, attr))


def create_hook_keyframes_interpolated(
    strength_start: float, strength_end: float, method: str, start_percent: float, end_percent: float, count: int
) -> list[HookKeyframe]:
    """Keyframes at even distances whose strengths follow a curve."""
    found = interpolated(strength_start, strength_end, method, start_percent, end_percent, count)
    return [HookKeyframe(frame.strength, frame.start_percent, frame.guarantee_steps) for frame in found]
