"""Hooks: changes of weights that apply to some conditionings only, with strengths that may change over the sampling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

from graphcore.errors import ModelError
from nodes.guidance.conditioning import Conditioning, add_hooks
from nodes.guidance.keyframes import Keyframes, Playback
from nodes.text.clip import conditioning

if TYPE_CHECKING:
    from nodes.models.model import Model
    from nodes.text.clip import Clip


class Change(Protocol):
    """Something that can be put on models and text encoders: a LoRA, or another checkpoint."""

    def on_model(self, model: Model, strength: float) -> Model: ...

    def on_clip(self, clip: Clip, strength: float) -> Clip: ...


@dataclass(frozen=True, eq=False)
class WeightHook:
    """A change with its strengths, which keyframes multiply."""

    change: Change
    strength_model: float
    strength_clip: float
    keyframes: Keyframes = ()


@dataclass(frozen=True)
class HookGroup:
    """Hooks that apply together. Groups of the same hooks are equal, so that their conds can share a network call."""

    hooks: tuple[WeightHook, ...] = ()

    def combined(self, other: HookGroup) -> HookGroup:
        """Both; hooks that are in both count once."""
        return HookGroup((*self.hooks, *(hook for hook in other.hooks if hook not in self.hooks)))

    def with_keyframes(self, keyframes: Keyframes) -> HookGroup:
        """The same hooks on a schedule."""
        return HookGroup(tuple(replace(hook, keyframes=keyframes) for hook in self.hooks))

    def on_model(self, model: Model, factors: Mapping[WeightHook, float]) -> Model:
        """The model with every hook at its strength times its factor."""
        for hook in self.hooks:
            model = hook.change.on_model(model, hook.strength_model * factors[hook])
        return model

    def on_clip(self, clip: Clip, percent: float = 0.0) -> Clip:
        """The text encoders with every hook as strong as at a share of the sampling."""
        for hook in self.hooks:
            clip = hook.change.on_clip(clip, hook.strength_clip * _factor_at(hook.keyframes, percent))
        return clip

    def percents(self) -> list[float]:
        """The shares of the sampling at which something changes, 0 and 1 among them, ascending."""
        starts = {keyframe.start_percent for hook in self.hooks for keyframe in hook.keyframes}
        return sorted({0.0, 1.0} | starts)


def _factor_at(keyframes: Keyframes, percent: float) -> float:
    due = [keyframe for keyframe in keyframes if keyframe.start_percent <= percent] or list(keyframes[:1])
    return due[-1].strength if due else 1.0


class HookedNetworks:
    """The networks of one sampling call: one for each hook group, as its strengths are now."""

    def __init__(self, model: Model, percent_to_sigma: Callable[[float], float]):
        self._model, self._percent_to_sigma = model, percent_to_sigma
        self._playbacks: dict[WeightHook, Playback] = {}
        self._networks: dict[HookGroup, tuple[tuple[float, ...], Any]] = {}

    def network(self, group: HookGroup, sigma: float) -> Any:
        """The network for conds of this group in the step at `sigma`."""
        factors = {hook: self._playback(hook).strength(sigma) for hook in group.hooks}
        strengths = tuple(factors.values())
        known = self._networks.get(group)
        if known is None or known[0] != strengths:
            self._networks.pop(group, None)  # let it go before the next one is made
            self._networks[group] = strengths, group.on_model(self._model, factors).network()
        return self._networks[group][1]

    def _playback(self, hook: WeightHook) -> Playback:
        if hook not in self._playbacks:
            self._playbacks[hook] = Playback(hook.keyframes, self._percent_to_sigma)
        return self._playbacks[hook]


# -- text encoders with hooks ----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class HookedClip:
    """A CLIP whose texts are encoded with hooks applied. Everything else is the plain CLIP's.

    `to_conds`: what it encodes carries the hooks on to the model. `scheduled`: one encoding for each part of the
    sampling in which strengths differ.
    """

    clip: Clip
    group: HookGroup
    to_conds: bool = True
    scheduled: bool = False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "clip":  # asked of a copy that is still being made
            raise AttributeError(name)
        return getattr(self.clip, name)

    def with_layer(self, layer: int | None) -> HookedClip:
        return replace(self, clip=self.clip.with_layer(layer))

    def with_patches(self, patches: Mapping[str, Any]) -> HookedClip:
        return replace(self, clip=self.clip.with_patches(patches))

    def encode(self, text: Any, **options: Any) -> Any:
        return self.group.on_clip(self.clip).encode(text, **options)

    def conditioning(self, text: Any, **values: Any) -> Conditioning:
        """CONDITIONING of the text, one entry for each part of the sampling."""
        parts = list(pairwise(self.group.percents())) if self.scheduled else []
        if len(parts) < 2:
            entries = conditioning(self.group.on_clip(self.clip), text, **values)
        else:
            entries = [
                entry
                for start, end in parts
                for entry in conditioning(
                    self.group.on_clip(self.clip, start), text, **values, clip_start_percent=start, clip_end_percent=end
                )
            ]
        return add_hooks(entries, self.group) if self.to_conds else entries


def set_clip_hooks(clip: Clip | HookedClip, group: HookGroup | None, to_conds: bool, scheduled: bool) -> Any:
    """A CLIP with hooks, after those that it may have already; without hooks, the CLIP as it is."""
    if group is None or not group.hooks:
        return clip
    if isinstance(clip, HookedClip):
        group, clip = clip.group.combined(group), clip.clip
    return HookedClip(clip, group, to_conds, scheduled)


def encode_text(clip: Clip | HookedClip | None, text: Any, **values: Any) -> Conditioning:
    """CONDITIONING of a text, or of tokens, by a CLIP with or without hooks; `values` go beside it."""
    if clip is None:
        raise ModelError(
            "The checkpoint holds no text encoder: load one with 'Load CLIP', or 'DualCLIPLoader' for SDXL."
        )
    if isinstance(clip, HookedClip):
        return clip.conditioning(text, **values)
    return conditioning(clip, text, **values)
