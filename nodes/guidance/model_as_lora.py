"""A whole checkpoint used like a LoRA: as its difference to the weights that it is put on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nodes.models.adapters import OtherWeight
from nodes.models.merge import EncoderWeights
from nodes.models.patches import WeightPatch

if TYPE_CHECKING:
    from nodes.models.model import Model
    from nodes.text.clip import Clip


@dataclass(frozen=True, eq=False)
class ModelAsLora:
    """At strength s, a weight W becomes W + s * (W_other - W_plain), W_plain being W without its patches."""

    model: Model
    clip: Clip | None = None

    def on_model(self, model: Model, strength: float) -> Model:
        if strength == 0:
            return model
        plain = replace(model, patches={})
        return model.with_patches(
            _difference(set(model.names()) & set(self.model.names()), self.model, plain, strength)
        )

    def on_clip(self, clip: Clip, strength: float) -> Clip:
        if strength == 0 or self.clip is None:
            return clip
        plain = replace(clip, patches={})
        patches = {}
        for encoder in clip.encoders.keys() & self.clip.encoders.keys():
            names = clip.encoders[encoder].weights.keys() & self.clip.encoders[encoder].weights.keys()
            owners = EncoderWeights(self.clip, encoder), EncoderWeights(plain, encoder)
            patches[encoder] = _difference(names, *owners, strength)
        return clip.with_patches(patches)


def _difference(names: Iterable[str], other: Any, plain: Any, strength: float) -> dict[str, tuple[WeightPatch, ...]]:
    return {
        name: (WeightPatch(OtherWeight(other, name), strength), WeightPatch(OtherWeight(plain, name), -strength))
        for name in names
    }
