"""Attention made stronger or weaker by multiplying the parameters of its projections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from nodes.models.patches import WeightPatch, multiplied

if TYPE_CHECKING:
    from nodes.models.model import Model
    from nodes.text.clip import Clip

UNET_PROJECTIONS = ("to_q", "to_k", "to_v", "to_out.0")
CLIP_PROJECTIONS = ("q_proj", "k_proj", "v_proj", "out_proj")
Factors = tuple[float, float, float, float]  # q, k, v, out


def multiply_attention(model: Model, attention: str, factors: Factors) -> Model:
    """Multiply weights and biases of `attention` ("attn1": to itself, "attn2": to the text) in every block."""
    ends = {f".{attention}.{name}": factor for name, factor in zip(UNET_PROJECTIONS, factors, strict=True)}
    return model.with_patches(_multiplied(model.names(), ends))


def multiply_temporal_attention(
    model: Model, self_structural: float, self_temporal: float, cross_structural: float, cross_temporal: float
) -> Model:
    """Multiply the output projections of attention within frames and over time, to itself and to the text."""
    temporal = [name for name in model.names() if ".time_stack." in name]
    structural = [name for name in model.names() if ".time_stack." not in name]
    patches = {
        **_multiplied(structural, {".attn1.to_out.0": self_structural, ".attn2.to_out.0": cross_structural}),
        **_multiplied(temporal, {".attn1.to_out.0": self_temporal, ".attn2.to_out.0": cross_temporal}),
    }
    return model.with_patches(patches)


def multiply_clip_attention(clip: Clip, factors: Factors) -> Clip:
    """Multiply weights and biases of the self-attention in every layer of every text encoder."""
    ends = {f".self_attn.{name}": factor for name, factor in zip(CLIP_PROJECTIONS, factors, strict=True)}
    return clip.with_patches({name: _multiplied(encoder.weights, ends) for name, encoder in clip.encoders.items()})


def _multiplied(names: Iterable[str], ends: Mapping[str, float]) -> dict[str, tuple[WeightPatch, ...]]:
    patches: dict[str, tuple[WeightPatch, ...]] = {}
    names = list(names)
    for end, factor in ends.items():
        fitting = [name for name in names if name.endswith((f"{end}.weight", f"{end}.bias"))]
        patches |= multiplied(fitting, factor) if factor != 1.0 else {}
    return patches
