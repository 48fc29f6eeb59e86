"""Merges models and text encoders: the result is a handle on the first, patched with the second's weights.

Nothing is computed before the result is used, and no copy of the second is kept. W1 and W2 include the patches that
their handles have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from graphcore.errors import ModelError
from nodes.models.adapters import OtherWeight
from nodes.models.model import PREFIX, Model
from nodes.models.patches import WeightPatch, apply_patches

if TYPE_CHECKING:
    from nodes.text.clip import Clip

Ratio = Callable[[str], float]
_NOT_MERGED = (".position_ids", ".logit_scale")


def merge_simple(model1: Model, model2: Model, ratio: float) -> Model:
    """W1 * ratio + W2 * (1 - ratio)."""
    return _blended(model1, model2, lambda name: ratio)


def merge_blocks(model1: Model, model2: Model, ratios: Mapping[str, float]) -> Model:
    """`merge_simple` with a ratio for each part of the network.

    `ratios` are by the beginning of a weight's name ("input", "middle", "out", "time_embed.", ...); the longest that
    fits counts, and where none does the first.
    """
    default = next(iter(ratios.values()))

    def ratio(name: str) -> float:
        fitting = [start for start in ratios if name.removeprefix(PREFIX).startswith(start)]
        return ratios[max(fitting, key=len)] if fitting else default

    return _blended(model1, model2, ratio)


def merge_subtract(model1: Model, model2: Model, multiplier: float) -> Model:
    """(W1 - W2) * multiplier."""
    return _combined(model1, model2, lambda name: (-multiplier, multiplier))


def merge_add(model1: Model, model2: Model) -> Model:
    """W1 + W2."""
    return _combined(model1, model2, lambda name: (1.0, 1.0))


def merge_clip_simple(clip1: Clip, clip2: Clip, ratio: float) -> Clip:
    """Text encoders: W1 * ratio + W2 * (1 - ratio)."""
    return _combined_clips(clip1, clip2, 1.0 - ratio, ratio)


def merge_clip_subtract(clip1: Clip, clip2: Clip, multiplier: float) -> Clip:
    """Text encoders: (W1 - W2) * multiplier."""
    return _combined_clips(clip1, clip2, -multiplier, multiplier)


def merge_clip_add(clip1: Clip, clip2: Clip) -> Clip:
    """Text encoders: W1 + W2."""
    return _combined_clips(clip1, clip2, 1.0, 1.0)


def _blended(model1: Model, model2: Model, ratio: Ratio) -> Model:
    return _combined(model1, model2, lambda name: (1.0 - ratio(name), ratio(name)))


def _combined(model1: Model, model2: Model, strengths: Callable[[str], tuple[float, float]]) -> Model:
    """W1 * own + W2 * other, with (other, own) by weight name; weights that the second lacks stay as they are."""
    patches = {}
    for name in _common(set(model1.names()), set(model2.names()), "models"):
        other, own = strengths(name)
        patches[name] = (WeightPatch(OtherWeight(model2, name), strength=other, model_strength=own),)
    return model1.with_patches(patches)


def _combined_clips(clip1: Clip, clip2: Clip, other: float, own: float) -> Clip:
    patches = {}
    for encoder in _common(set(clip1.encoders), set(clip2.encoders), "text encoders"):
        names = _common(set(clip1.encoders[encoder].weights), set(clip2.encoders[encoder].weights), "text encoders")
        owner = EncoderWeights(clip2, encoder)
        patches[encoder] = {
            name: (WeightPatch(OtherWeight(owner, name), strength=other, model_strength=own),)
            for name in names
            if not f".{name}".endswith(_NOT_MERGED)
        }
    return clip1.with_patches(patches)


def _common(first: set[str], second: set[str], what: str) -> list[str]:
    common = sorted(first & second)
    if not common:
        raise ModelError(f"These {what} have no weight in common; merge two of the same family.")
    return common


@dataclass(frozen=True)
class EncoderWeights:
    """One text encoder of a clip, weight by weight with the clip's patches."""

    clip: Clip
    encoder: str

    def patched(self, name: str) -> Tensor:
        """The weight, float32."""
        weight = self.clip.encoders[self.encoder].weights[name].float()
        return apply_patches(weight, self.clip.patches.get(self.encoder, {}).get(name, ()))
