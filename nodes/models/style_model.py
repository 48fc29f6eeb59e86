"""Style models: what a picture looks like, as further words of a prompt (STYLE_MODEL).

Two kinds are known: the style adapter of T2I-Adapter (https://arxiv.org/abs/2302.08453), a small transformer for
Stable Diffusion 1, and Redux, two linear layers for Flux.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from graphcore.errors import ModelError
from nodes.models.clip_vision import ClipVisionOutput
from nodes.models.reader import WeightsFile, named

HEAD = 128  # numbers of an attention head of the style adapter: 8 heads in its 1024


class StyleModel(Protocol):
    """Turns what a CLIP vision model says of a picture into words [1,T,C] of a prompt."""

    def words(self, output: ClipVisionOutput) -> Tensor: ...


@dataclass(frozen=True, eq=False)
class Redux:
    """Two linear layers over the last hidden state, one word for each of its tokens."""

    weights: Mapping[str, Tensor]

    def words(self, output: ClipVisionOutput) -> Tensor:
        hidden = F.silu(_linear(self.weights, "redux_up", _fitting(output, self.weights["redux_up.weight"].shape[1])))
        return _linear(self.weights, "redux_down", hidden).flatten(0, 1)[None]


@dataclass(frozen=True, eq=False)
class StyleAdapter:
    """Blocks of attention over the picture's tokens and learnt ones, of which the latter become the words."""

    weights: Mapping[str, Tensor]

    def words(self, output: ClipVisionOutput) -> Tensor:
        learnt = self.weights["style_embedding"]
        tokens = _fitting(output, learnt.shape[-1])
        x = torch.cat((tokens, learnt.reshape(1, -1, learnt.shape[-1]).expand(tokens.shape[0], -1, -1)), dim=1)
        x = self._norm("ln_pre", x)
        layers = 1 + max(int(name.split(".")[1]) for name in self.weights if name.startswith("transformer_layes."))
        for number in range(layers):
            x = self._block(f"transformer_layes.{number}", x)
        x = self._norm("ln_post", x[:, -learnt.shape[-2] :])
        return (x @ self.weights["proj"]).flatten(0, 1)[None]

    def _block(self, block: str, x: Tensor) -> Tensor:
        x = x + self._attention(f"{block}.attn", self._norm(f"{block}.ln_1", x))
        h = _linear(self.weights, f"{block}.mlp.c_fc", self._norm(f"{block}.ln_2", x))
        return x + _linear(self.weights, f"{block}.mlp.c_proj", h * torch.sigmoid(1.702 * h))

    def _attention(self, name: str, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        qkv = F.linear(x, self.weights[f"{name}.in_proj_weight"], self.weights[f"{name}.in_proj_bias"])
        heads = max(1, width // HEAD)
        q, k, v = (part.reshape(batch, length, heads, -1).transpose(1, 2) for part in qkv.chunk(3, dim=-1))
        out = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, length, width)
        return _linear(self.weights, f"{name}.out_proj", out)

    def _norm(self, name: str, x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])


def load_style_model(path: str | os.PathLike[str]) -> StyleModel:
    """Open a style model. Raises ModelError if the file is damaged, unsafe or of another kind."""
    file = WeightsFile(path)
    with named(file.path):
        if "redux_down.weight" in file:
            return Redux(
                _loaded(file, [f"redux_{way}.{part}" for way in ("up", "down") for part in ("weight", "bias")])
            )
        if "style_embedding" in file:
            needed = ["style_embedding", "proj", "ln_pre.weight", "ln_post.weight", "transformer_layes.0.ln_1.weight"]
            return StyleAdapter(_loaded(file, needed))
        raise ModelError("This is no style model. Choose T2I-Adapter's style adapter, or Flux's Redux.")


def _loaded(file: WeightsFile, needed: list[str]) -> dict[str, Tensor]:
    missing = next((name for name in needed if name not in file), None)
    if missing is not None:
        raise ModelError(f"The style model in this file is incomplete: '{missing}' is missing. Fetch the file again.")
    return {name: file[name].float() for name in file}


def with_style(
    conditioning: list[Any], words: Tensor, strength: float, kind: Literal["multiply", "attn_bias"]
) -> list[Any]:
    """Every prompt of a conditioning with `words` [1,T,C] after its own, as strong as `strength`.

    "multiply" scales the words; "attn_bias" leaves them and biases attention towards them by log(strength), which the
    entry's `attention_mask` [B,T,T] says to models that read one. Raises ModelError where widths differ.
    """
    return [[*_styled(tensor, options, words, strength, kind), *rest] for tensor, options, *rest in conditioning]


def _styled(
    tensor: Tensor, options: Mapping[str, Any], words: Tensor, strength: float, kind: str
) -> tuple[Tensor, dict[str, Any]]:
    if words.shape[-1] != tensor.shape[-1]:
        raise ModelError(
            f"The style model makes words {words.shape[-1]} wide, but this prompt's are {tensor.shape[-1]}: use a "
            "style model of the model's own family."
        )
    told = dict(options)
    if kind == "multiply":
        words = words * strength
    elif strength != 1.0 or "attention_mask" in told:
        told["attention_mask"] = _biased(told.get("attention_mask"), tensor, words.shape[1], strength)
    return torch.cat((tensor, words.to(tensor).expand(tensor.shape[0], -1, -1)), dim=1), told


def _biased(mask: Tensor | None, tensor: Tensor, added: int, strength: float) -> Tensor:
    """A mask of attention with log(strength) between the prompt's own words and the added ones, either way."""
    batch, own = tensor.shape[:2]
    bias = torch.zeros(batch, own + added, own + added)
    if mask is not None:
        mask = torch.where(mask, 0.0, -math.inf) if mask.dtype == torch.bool else mask.float()
        bias[:, :own, :own] = mask.reshape(batch, -1, own) if mask.dim() < 3 else mask
    between = math.log(strength) if strength > 0 else -math.inf
    bias[:, :own, own:] = bias[:, own:, :own] = between
    return bias


def _fitting(output: ClipVisionOutput, width: int) -> Tensor:
    hidden = output.last_hidden_state.float()
    if hidden.shape[-1] != width:
        raise ModelError(
            f"The picture was encoded {hidden.shape[-1]} numbers wide, but this style model reads {width}: use the "
            "CLIP vision model that it was made for (CLIP-L for T2I's style adapter, SigLIP for Redux)."
        )
    return hidden


def _linear(weights: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    return F.linear(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"))
