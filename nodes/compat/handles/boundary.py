"""Where values pass between our nodes and those of packs.

Types are told by name, so that a workflow without models imports none of this.
"""

from __future__ import annotations

import importlib
import weakref
from collections.abc import Mapping
from typing import Any

# Our class -> module and class that packs are given it as.
FORMS = {
    ("nodes.models.model", "Model"): ("handles.model_patcher", "ModelPatcher"),
    ("nodes.text.clip", "Clip"): ("handles.clip", "CLIP"),
    ("nodes.guidance.hooks", "HookedClip"): ("handles.clip", "CLIP"),
    ("nodes.models.vae", "Vae"): ("handles.vae", "VAE"),
    ("nodes.models.controlnet", "ControlNet"): ("handles.control", "ControlNet"),
    ("nodes.guidance.hooks", "HookGroup"): ("handles.hooks", "HookGroup"),
    ("nodes.sampling.samplers.record", "Sampler"): ("k_samplers", "NativeSampler"),
    ("nodes.media.video", "VideoFromFile"): ("handles.video", "VideoFromFile"),
    ("nodes.media.video", "VideoFromComponents"): ("handles.video", "VideoFromComponents"),
} | {
    ("nodes.guidance.guiders", name): ("handles.guider", "NativeGuider")
    for name in ("BasicGuider", "CFGGuider", "DualCFGGuider", "PerpNegGuider")
}  # fmt: skip
_GIVEN: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()  # id of ours -> form, while that lives


def given(value: Any) -> Any:
    """A value as a pack gets it; a list of values item by item. The same value is the same object as long as a pack
    holds on to it."""
    kind = type(value)
    if kind is list:
        items = [given(item) for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    form = FORMS.get((kind.__module__, kind.__name__))
    if form is None:
        return value
    known = _GIVEN.get(id(value))
    # An id may be that of an object that is gone, and what was given for it be of another kind.
    if getattr(known, "origin", None) is not value:
        known = getattr(importlib.import_module(f"nodes.compat.{form[0]}"), form[1]).of(value)
        _GIVEN[id(value)] = known
    return known


def taken(value: Any) -> Any:
    """A value as our nodes know it; lists item by item."""
    if type(value) is list:
        items = [taken(item) for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    native = getattr(type(value), "graphcore_native", None)
    return value if native is None else native(value)


def all_given(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as a pack gets them."""
    return {name: given(value) for name, value in inputs.items()}


def all_taken(values: Any) -> Any:
    """Output values as our nodes know them; what is no tuple of values stays as it is."""
    return tuple(taken(value) for value in values) if isinstance(values, tuple) else values
