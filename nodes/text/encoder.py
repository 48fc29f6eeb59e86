"""One CLIP text transformer: weights stored as float16, maths in float32 (Radford et al. 2021, section 2.4)."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from graphcore.errors import ModelError
from nodes.text.block import ACTIVATIONS, Block
from nodes.text.tokenizer import END

if TYPE_CHECKING:
    from nodes.text.chunks import Token

log = logging.getLogger(__name__)

_TOKENS = "text_model.embeddings.token_embedding.weight"
_POSITIONS = "text_model.embeddings.position_embedding.weight"
_FINAL_NORM = "text_model.final_layer_norm"
_PROJECTION = "text_projection.weight"
_LAYER = "text_model.encoder.layers.{n}.{part}"
_LAYER_NUMBER = re.compile(r"text_model\.encoder\.layers\.(\d+)\.")
_LAYER_PARTS = ["layer_norm1", "layer_norm2", "mlp.fc1", "mlp.fc2"]
_LAYER_PARTS += [f"self_attn.{part}_proj" for part in ("q", "k", "v", "out")]
_LAYER_WEIGHTS = [f"{part}.{kind}" for part in _LAYER_PARTS for kind in ("weight", "bias")]
_HEAD_WIDTH = 64


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """The sizes of a text transformer; the names are those of the field's configuration files."""

    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    hidden_act: str
    layer_norm_eps: float = 1e-5


class Output(NamedTuple):
    """What a text transformer says of N rows of T tokens: `hidden` [N,T,C], and `pooled` [N,C] if asked for."""

    hidden: Tensor
    pooled: Tensor | None


class TextEncoder:
    """The weights of one CLIP text transformer, and how to run them. Immutable: patches make another encoder."""

    def __init__(self, tensors: Mapping[str, Tensor], hidden_act: str, overrides: Mapping[str, Any] | None = None):
        """Take `tensors` in the layout of transformers' CLIPTextModelWithProjection, rounded to float16.

        Tensors that are float16 already are held by reference. `overrides` states what shapes cannot tell, above all
        `num_attention_heads`, which is otherwise one head per 64 channels. Raises ModelError if weights are missing.
        """
        self.weights = {
            name: tensor.to(torch.float16) if tensor.is_floating_point() else tensor for name, tensor in tensors.items()
        }
        self.config = _config(self.weights, hidden_act, overrides or {})
        self._layers = _layers(self.weights)

    @property
    def vocabulary_size(self) -> int:
        """How many tokens it knows; 49408 for the English CLIPs."""
        return len(self.weights[_TOKENS])

    def replaced(self, weights: Mapping[str, Tensor]) -> TextEncoder:
        """The same transformer with some weights exchanged; the others are shared."""
        config = self.config
        overrides = {name: getattr(config, name) for name in ("num_attention_heads", "layer_norm_eps")}
        return TextEncoder({**self.weights, **weights}, config.hidden_act, overrides)

    @torch.no_grad()
    def run(
        self,
        rows: Sequence[Sequence[Token]],
        *,
        pad: int,
        layer: int | None = None,
        normalise: bool = True,
        masked: bool = False,
        pool: bool = True,
        device: torch.device | str = "cpu",
    ) -> Output:
        """Encode `rows` of equal length T (tokens, or vectors [C] in their place) in one batch.

        `layer` picks the block whose output is `hidden` (-1 the last, -2 the one before); None, or more than there are,
        means the output of the whole transformer. Only that one is always normalised, a block's if `normalise`.
        `pooled` is the whole transformer's output at the first end token, whatever `layer` says. `masked` hides what
        follows that token. Vectors of another width are left out, and the row is filled up with `pad` at its tail.
        """
        rows = [self._fitting(row, pad) for row in rows]
        ends = torch.tensor([_first_end(row) for row in rows])
        inputs = self._embed(rows).to(device)
        depth = self.config.num_hidden_layers
        # The stop that no block has stands for the whole transformer's output.
        stop = depth if layer is None or abs(layer) > depth else layer % depth
        states = hidden = inputs
        for index, states in enumerate(self._blocks(inputs, _visible(ends if masked else None, inputs.shape[1]))):
            if index == stop:
                hidden = self._normalise(states) if normalise else states
                if not pool:
                    return Output(hidden.cpu(), None)
        final = self._normalise(states)
        pooled = final[torch.arange(len(rows)), ends].cpu() if pool else None
        return Output((final if stop == depth else hidden).cpu(), pooled)

    @torch.no_grad()
    def project(self, pooled: Tensor) -> Tensor:
        """Map pooled states [N,C] to the space shared with images [N,P]; a file without projection means identity."""
        if (weight := self.weights.get(_PROJECTION)) is None:
            return pooled
        return F.linear(pooled, weight.float())

    def _fitting(self, row: Sequence[Token], pad: int) -> list[Token]:
        width = self.config.hidden_size
        fitting = [token for token in row if isinstance(token, int) or token.shape[-1] == width]
        if dropped := len(row) - len(fitting):
            log.warning("%d embedding vectors were left out: this text encoder takes vectors of %d.", dropped, width)
        return fitting + [pad] * dropped

    def _embed(self, rows: Sequence[Sequence[Token]]) -> Tensor:
        """Token and position vectors added up [N,T,C]. Each row of the tables is up-cast, never a whole table."""
        table, positions = self.weights[_TOKENS], self.weights[_POSITIONS]
        ids = torch.tensor([[token if isinstance(token, int) else 0 for token in row] for row in rows])
        states = F.embedding(ids.to(table.device), table).float()
        for n, row in enumerate(rows):
            for t, token in enumerate(row):
                if not isinstance(token, int):
                    states[n, t] = token.to(states)
        return states + positions[: ids.shape[1]].float()

    def _blocks(self, states: Tensor, mask: Tensor) -> Iterator[Tensor]:
        """The states after each block. One block's weights at a time exist in float32, all in the same memory."""
        block = _block(self.config)
        mask = mask.to(states.device)
        weights = {
            name: torch.empty(weight.shape, dtype=states.dtype, device=states.device)
            for name, weight in self._layers[0].items()
        }
        for layer in self._layers:
            for name, weight in layer.items():
                # Moved first, so that half as many bytes travel to another device.
                weights[name].copy_(weight.to(states.device))
            states = torch.func.functional_call(block, weights, (states, mask))
            yield states

    def _normalise(self, states: Tensor) -> Tensor:
        weight, bias = (self.weights[f"{_FINAL_NORM}.{name}"].to(states) for name in ("weight", "bias"))
        return F.layer_norm(states, weight.shape, weight, bias, self.config.layer_norm_eps)


def _config(weights: Mapping[str, Tensor], hidden_act: str, overrides: Mapping[str, Any]) -> EncoderConfig:
    layers = _layers(weights)
    needed = [_TOKENS, _POSITIONS, f"{_FINAL_NORM}.weight", f"{_FINAL_NORM}.bias"]
    needed += [_LAYER.format(n=n, part=part) for n in range(max(len(layers), 1)) for part in _LAYER_WEIGHTS]
    if missing := [name for name in needed if name not in weights]:
        raise ModelError(
            f"The text encoder is incomplete: {len(missing)} of its tensors are missing, first '{missing[0]}'. "
            "Use a complete checkpoint, or load the text encoder from a file of its own."
        )
    width = weights[_TOKENS].shape[1]
    known: dict[str, Any] = {"num_attention_heads": width // _HEAD_WIDTH, "hidden_act": hidden_act}
    known |= {name: value for name, value in overrides.items() if name in EncoderConfig.__slots__}
    config = EncoderConfig(width, layers[0]["mlp.fc1.weight"].shape[0], len(layers), **known)
    if config.num_attention_heads < 1 or width % config.num_attention_heads:
        raise ModelError(
            f"A text encoder of width {width} cannot have {config.num_attention_heads} attention heads: state the "
            "right 'num_attention_heads' in the file's metadata key 'graphcore.config'."
        )
    if config.hidden_act not in ACTIVATIONS:
        raise ModelError(
            f"The metadata key 'graphcore.config' names the activation '{config.hidden_act}' for a text encoder; known "
            f"are {', '.join(ACTIVATIONS)}."
        )
    return config


def _layers(weights: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    numbers = {match[1] for name in weights if (match := _LAYER_NUMBER.match(name))}
    names = [{part: _LAYER.format(n=n, part=part) for part in _LAYER_WEIGHTS} for n in range(len(numbers))]
    return [{part: weights[name] for part, name in layer.items() if name in weights} for layer in names]


def _block(config: EncoderConfig) -> torch.nn.Module:
    """One transformer block without weights; all blocks of an encoder have the same shape."""
    sizes = config.hidden_size, config.intermediate_size, config.num_attention_heads
    with torch.device("meta"):
        block = Block(*sizes, config.hidden_act, config.layer_norm_eps)
    return block.eval()


def _first_end(row: Sequence[Token]) -> int:
    """Position of the first end token, or of the last token of a row without one."""
    ends = (position for position, token in enumerate(row) if isinstance(token, int) and token == END)
    return next(ends, len(row) - 1)


def _visible(ends: Tensor | None, length: int) -> Tensor:
    """What is added to attention scores [N or 1, 1, T, T]: nothing looks ahead, nor beyond `ends` [N] if given."""
    seen = torch.ones(length, length, dtype=torch.bool).tril().expand(1, 1, -1, -1)
    if ends is not None:
        seen = seen & (torch.arange(length) <= ends[:, None])[:, None, None, :]
    return torch.zeros(seen.shape).masked_fill(~seen, torch.finfo(torch.float32).min)
