"""`clip.cond_stage_model`: what packs read of text encoders, and call them by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from nodes.compat.stubs import ProvidedType, stub
from nodes.guidance.hooks import HookedClip
from nodes.text.encode import encode_chunks

if TYPE_CHECKING:
    from nodes.compat.handles.clip import CLIP

TABLE = "text_model.embeddings.token_embedding.weight"


class SDClipModel(metaclass=ProvidedType):
    """One encoder: rows of (token, weight) to what it says of them. None is made by packs."""

    def __init__(self, *args: Any, **kwargs: Any):
        stub("comfy.sd1_clip.SDClipModel")(*args, **kwargs)  # made of a configuration: refused

    @classmethod
    def of(cls, clip: CLIP, name: str) -> SDClipModel:
        """That of a CLIP, as the class that packs tell it by."""
        kind = KINDS.get(name, SDClipModel)
        self = kind.__new__(kind)
        self._read(clip, name)
        return self

    def _read(self, clip: CLIP, name: str) -> None:
        native = clip.graphcore_native()
        self._native, self._name = native.clip if isinstance(native, HookedClip) else native, name
        self.rule = self._native.family.encoders[name]
        layer = self.rule.layer if self._native.layer is None else self._native.layer
        self.layer, self.layer_idx = "last" if layer is None else "hidden", layer
        self.layer_norm_hidden_state, self.enable_attention_masks = self.rule.normalise, self.rule.masked
        self.return_projected_pooled = self.rule.pooled == "projected"
        spec = self.rule.tokens
        self.special_tokens = {"start": spec.start, "end": spec.end, "pad": spec.pad}
        self.max_length = spec.max_length

    @property
    def num_layers(self) -> int:
        """How many blocks it has."""
        return int(self._native.encoders[self._name].config.num_hidden_layers)

    @property
    def weights(self) -> Mapping[str, Tensor]:
        """Its weights, by transformers' names."""
        found: Mapping[str, Tensor] = self._native.encoder(self._name).weights
        return found

    def state_dict(self) -> dict[str, Tensor]:
        """The same, under `transformer`."""
        return {f"transformer.{name}": tensor for name, tensor in self.weights.items()}

    @property
    def transformer(self) -> Any:
        """The table of its words: `transformer.get_input_embeddings().weight`."""
        table = SimpleNamespace(weight=self.weights[TABLE])
        model = SimpleNamespace(embeddings=SimpleNamespace(token_embedding=table))
        return SimpleNamespace(
            get_input_embeddings=lambda: table, text_model=model, num_layers=self.num_layers, dtype=table.weight.dtype
        )

    def encode_token_weights(self, token_weight_pairs: Sequence[Sequence[Sequence[Any]]]) -> tuple[Tensor, Any]:
        """(conditioning [1,T,C], pooled [1,P]) of rows."""
        rows = [[(item[0], item[1]) for item in row] for row in token_weight_pairs]
        encoding = encode_chunks(self._native.encoder(self._name), rows, self.rule_now, self._native.device)
        return encoding.hidden, encoding.pooled

    @property
    def rule_now(self) -> Any:
        """How it is run: as its family has it, up to the layer that was set."""
        return replace(self.rule, layer=self.layer_idx)

    def encode(self, tokens: Sequence[Sequence[Any]]) -> tuple[Tensor, Any]:
        """(states [N,T,C], pooled [N,C]) of rows of tokens, without weights."""
        rule = self.rule_now
        said = self._native.encoder(self._name).run(
            tokens, pad=rule.tokens.pad, layer=rule.layer, normalise=rule.normalise, masked=rule.masked,
            device=self._native.device,
        )  # fmt: skip
        pooled = said.pooled
        if pooled is not None and self.return_projected_pooled:
            pooled = self._native.encoder(self._name).project(pooled)
        return said.hidden, pooled

    __call__ = forward = encode

    def gen_empty_tokens(self, special_tokens: Mapping[str, int], length: int) -> list[int]:
        """The row of an empty prompt."""
        return empty_tokens(special_tokens, length)


def empty_tokens(special_tokens: Mapping[str, Any], length: int) -> list[int]:
    """The row of an empty prompt: start, end, then padding; longer than `length` where these already are."""
    row = [special_tokens[name] for name in ("start", "end") if special_tokens.get(name) is not None]
    return row + [special_tokens.get("pad") or 0] * (length - len(row))


class SDXLClipG(SDClipModel):
    """SDXL's larger encoder."""


class SD2ClipHModel(SDClipModel):
    """SD2's encoder."""


KINDS: dict[str, type[SDClipModel]] = {"g": SDXLClipG, "h": SD2ClipHModel}


class EncodersView(metaclass=ProvidedType):
    """All encoders of a CLIP, as attributes clip_l, clip_g, clip_h. None is made by packs."""

    _clip: CLIP

    def __init__(self, *args: Any, **kwargs: Any):
        stub(f"{type(self).__module__}.{type(self).__name__}")(*args, **kwargs)

    @classmethod
    def of(cls, clip: CLIP) -> EncodersView:
        """Those of a CLIP, as the class that packs tell its family by."""
        kind = FAMILIES.get(plain_clip(clip).family.name, EncodersView)
        self = kind.__new__(kind)
        self._clip = clip
        return self

    def __getattr__(self, name: str) -> SDClipModel:
        if name.startswith("_"):
            raise AttributeError(name)
        encoders = plain_clip(self._clip).encoders
        if name.removeprefix("clip_") in encoders:
            return SDClipModel.of(self._clip, name.removeprefix("clip_"))
        raise AttributeError(f"The text encoders have no '{name}'; there are {', '.join(encoders)}.")

    def encode_token_weights(self, tokens: Mapping[str, Any]) -> tuple[Tensor, Tensor | None]:
        """(conditioning, pooled)."""
        return self._clip._encode(tokens, False)

    def state_dict(self) -> dict[str, Tensor]:
        """Every weight by name."""
        return self._clip.get_sd()

    def parameters(self) -> list[Tensor]:
        """Every weight."""
        return list(self._clip.get_sd().values())

    def set_clip_options(self, options: Mapping[str, Any]) -> None:
        """See `CLIP.set_clip_options`."""
        self._clip.set_clip_options(options)

    def reset_clip_options(self) -> None:
        """See `CLIP.reset_clip_options`."""
        self._clip.reset_clip_options()

    @property
    def dtypes(self) -> set[torch.dtype]:
        """The number formats of its weights."""
        return {tensor.dtype for tensor in self.parameters()}


class SD1ClipModel(EncodersView):
    """The one encoder of SD 1 and 2."""


class SDXLClipModel(EncodersView):
    """SDXL's two encoders."""


class SDXLRefinerClipModel(SD1ClipModel):
    """The refiner's one encoder."""


FAMILIES: dict[str, type[EncodersView]] = {
    "sd1": SD1ClipModel, "sd2": SD1ClipModel, "sdxl": SDXLClipModel, "refiner": SDXLRefinerClipModel,
}  # fmt: skip


def plain_clip(clip: CLIP) -> Any:
    """Our own CLIP inside, without hooks."""
    native = clip._native
    return native.clip if isinstance(native, HookedClip) else native
