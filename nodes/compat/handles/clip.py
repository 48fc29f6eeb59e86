"""`comfy.sd.CLIP`: text encoders as packs use them."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from nodes.compat.handles.encoder import EncodersView
from nodes.compat.handles.tokenizer import TokenizersView
from nodes.compat.handles.weight_patches import Target, as_patches, weight_keys
from nodes.compat.stubs import ProvidedType, stub
from nodes.guidance.hooks import HookedClip
from nodes.text.clip import Clip

Tokens = dict[str, list[list[Any]]]
SOLE = {"l": "clip_l.transformer.", "g": "clip_g.transformer.", "h": "clip_h.transformer."}


class CLIP(metaclass=ProvidedType):
    """Tokenizes and encodes text. `clone` before changing anything."""

    use_clip_schedule = False
    apply_hooks_to_conds: Any = None

    origin: Clip | HookedClip | None = None
    layer_idx: int | None
    tokenizer_options: dict[str, Any]
    _native: Any

    def __init__(self, *args: Any, **kwargs: Any):
        stub("comfy.sd.CLIP")(*args, **kwargs)  # made of tensors and a target: refused

    @classmethod
    def of(cls, native: Clip | HookedClip) -> CLIP:
        """The form of one of ours."""
        self = cls.__new__(cls)
        self.origin = self._native = native
        self.layer_idx = native.layer
        self.tokenizer_options = {}
        return self

    def graphcore_native(self) -> Any:
        """Ours, with what was changed."""
        native = self._native
        return native if self.layer_idx == native.layer else native.with_layer(self.layer_idx)

    def clone(self, *_: Any, **__: Any) -> CLIP:
        """A copy to change."""
        return copy.copy(self)

    # -- text ----------------------------------------------------------------------------------------------------------

    def tokenize(self, text: str, return_word_ids: bool = False, **kwargs: Any) -> Tokens:
        """{"l": [[(token, weight), ...], ...]}; with `return_word_ids` the number of the part of the text as third."""
        native = self.graphcore_native()
        if return_word_ids:
            return TokenizersView(native).tokenize_with_weights(text, return_word_ids=True)
        tokens: Tokens = native.tokenize(text)
        return tokens

    def encode_from_tokens(
        self, tokens: Mapping[str, Any], return_pooled: bool | str = False, return_dict: bool = False
    ) -> Any:
        """The conditioning [1,T,C]; with `return_pooled` (it, pooled [1,P]); with `return_dict` {"cond", ...}."""
        unprojected = return_pooled == "unprojected"
        cond, pooled = self._encode(tokens, unprojected)
        if return_dict:
            return {"cond": cond, "pooled_output": pooled}
        return (cond, pooled) if return_pooled else cond

    def encode_from_tokens_scheduled(
        self, tokens: Mapping[str, Any], unprojected: bool = False, add_dict: Mapping[str, Any] | None = None, **_: Any
    ) -> list[Any]:
        """CONDITIONING, with the values of `add_dict` in it."""
        native = self.graphcore_native()
        if isinstance(native, HookedClip):
            return native.conditioning(plain(tokens), **(add_dict or {}))
        cond, pooled = self._encode(tokens, unprojected)
        return [[cond, {"pooled_output": pooled, **(add_dict or {})}]]

    def encode(self, text: str) -> Any:
        """The conditioning of a text."""
        return self.encode_from_tokens(self.tokenize(text))

    def _encode(self, tokens: Mapping[str, Any], unprojected: bool) -> tuple[Tensor, Tensor | None]:
        encoded: tuple[Tensor, Tensor | None] = self.graphcore_native().encode(plain(tokens), unprojected=unprojected)
        return encoded

    # -- changes -------------------------------------------------------------------------------------------------------

    def clip_layer(self, layer_idx: int) -> None:
        """Stop at a layer, counted from the end: -1 is the last."""
        self.layer_idx = layer_idx

    def set_clip_options(self, options: Mapping[str, Any]) -> None:
        """Options of the encoders; `layer` is known."""
        if "layer" in options:
            self.layer_idx = options["layer"]

    def reset_clip_options(self) -> None:
        """As they came."""
        self.layer_idx = self._native.layer

    def set_tokenizer_option(self, option_name: str, value: Any) -> None:
        """Options of the tokenizers: `min_length`, `min_padding`; or `clip_l_min_length` for one of them."""
        self.tokenizer_options = {**self.tokenizer_options, option_name: value}
        for name in (self._native.clip if isinstance(self._native, HookedClip) else self._native).encoders:
            option = option_name.removeprefix(f"clip_{name}_").removeprefix(f"{name}_")
            if option in ("min_length", "min_padding"):
                self._native = _with_options(self._native, name, option, value)

    def add_patches(
        self, patches: Mapping[Any, Any], strength_patch: float = 1.0, strength_model: float = 1.0
    ) -> list[Any]:
        """Change weights, by the names of `weight_keys`; the names that were found."""
        targets = self.weight_targets()
        found = as_patches(patches, strength_patch, strength_model, targets)
        by_encoder: dict[str, dict[str, Any]] = {}
        for target, patch in found.items():
            by_encoder.setdefault(target.owner, {})[target.name] = patch
        if by_encoder:
            self._native = self._native.with_patches(by_encoder)
        return weight_keys(patches, targets)

    def weight_targets(self) -> dict[str, Target]:
        """Weights as packs name them -> where they are."""
        native = self._native.clip if isinstance(self._native, HookedClip) else self._native
        return {
            f"{SOLE.get(owner, owner + '.')}{name}": Target(owner, name)
            for owner, encoder in native.encoders.items()
            for name in encoder.weights
        }

    # -- what packs read -----------------------------------------------------------------------------------------------

    @property
    def patcher(self) -> CLIP:
        """What holds the weights: this object."""
        return self

    @property
    def cond_stage_model(self) -> EncodersView:
        """The encoders by name."""
        return EncodersView.of(self)

    @property
    def tokenizer(self) -> TokenizersView:
        """What tokenizes."""
        return TokenizersView(self.graphcore_native())

    @property
    def model(self) -> EncodersView:
        """The encoders, as a patcher holds them."""
        return EncodersView.of(self)

    @property
    def load_device(self) -> torch.device:
        """Where it computes."""
        return torch.device("cpu")

    offload_device = current_device = load_device

    def load_model(self, *_: Any, **__: Any) -> CLIP:
        """Be ready; it makes itself ready when it is used."""
        return self

    def get_sd(self) -> dict[str, Tensor]:
        """Every weight by name."""
        native = self._native.clip if isinstance(self._native, HookedClip) else self._native
        return {key: native.encoder(target.owner).weights[target.name] for key, target in self.weight_targets().items()}

    state_dict = get_sd

    def get_key_patches(self, filter_prefix: str | None = None) -> dict[str, list[Any]]:
        """Weight name -> [weight], as merging nodes read it."""
        return {key: [(weight, _same)] for key, weight in self.get_sd().items() if key.startswith(filter_prefix or "")}


def _with_options(native: Any, encoder: str, option: str, value: int) -> Any:
    if isinstance(native, HookedClip):
        return dataclasses.replace(native, clip=native.clip.with_options(encoder, **{option: value}))
    return native.with_options(encoder, **{option: value})


def plain(tokens: Mapping[str, Sequence[Sequence[Sequence[Any]]]]) -> dict[str, list[list[tuple[Any, float]]]]:
    """Tokens without the words' numbers."""
    return {name: [[(item[0], item[1]) for item in row] for row in rows] for name, rows in tokens.items()}


def _same(weight: Any, **_: Any) -> Any:
    return weight
