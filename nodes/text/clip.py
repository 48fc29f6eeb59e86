"""`Clip`, the value of a CLIP socket: text encoders by reference, and how this wire wants them run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from graphcore.errors import ModelError, RunError
from nodes.models.patches import Patches, joined
from nodes.text.encode import encode_chunks
from nodes.text.encoder import TextEncoder
from nodes.text.families import TextFamily
from nodes.text.merged import merged
from nodes.text.tokens import tokenize

if TYPE_CHECKING:
    from nodes.text.chunks import Chunk
    from nodes.text.embeddings import EmbeddingFolders

    Tokens = Mapping[str, list[Chunk]]


@dataclass(frozen=True, eq=False)
class Clip:
    """Immutable; every change is a new handle that shares the weights.

    `encoders` maps the family's encoder names ("l", "g", "h") to loaded weights. `layer` is the block to stop at (-1
    the last), None for the family's own choice. `patches` maps encoder names to patches by weight name. `options` maps
    encoder names to changed fields of their `TokenizerSpec`.
    """

    family: TextFamily
    encoders: Mapping[str, TextEncoder]
    embeddings: EmbeddingFolders | None = None
    layer: int | None = None
    patches: Mapping[str, Patches] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    device: torch.device | str = "cpu"
    # What `encoder` has made, held here so that it lives as long as this handle.
    _held: dict[str, TextEncoder] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        missing = self.family.encoders.keys() - self.encoders.keys()
        if missing and not (self.family.optional and self.encoders):
            raise ModelError(
                f"The text encoder {', '.join(sorted(missing))} of a {self.family.name} model is missing. "
                "Load the CLIP from a checkpoint that has it, or from separate text-encoder files."
            )

    def with_layer(self, layer: int | None) -> Clip:
        """Stop at block `layer` (clip skip): -1 the last block, -2 the one before; None for the family's choice."""
        return dataclasses.replace(self, layer=layer)

    def with_patches(self, patches: Mapping[str, Patches]) -> Clip:
        """Add weight patches by encoder name and weight name, to be applied after those that are there."""
        together = {name: joined(self.patches.get(name, {}), added) for name, added in patches.items()}
        return dataclasses.replace(self, patches={**self.patches, **together})

    def with_options(self, encoder: str, **options: int) -> Clip:
        """Change fields of one encoder's `TokenizerSpec`, such as `min_length`."""
        return dataclasses.replace(
            self, options={**self.options, encoder: {**self.options.get(encoder, {}), **options}}
        )

    def encoder(self, name: str) -> TextEncoder:
        """The encoder `name` with its patches merged in (on first use)."""
        if name not in self._held:
            self._held[name] = merged(self.encoders[name], self.patches.get(name, {}))
        return self._held[name]

    def tokenize(self, text: str) -> dict[str, list[Chunk]]:
        """The weighted token chunks of `text` for each encoder of the family, the form that `encode` takes."""
        return {name: self._chunks(name, text) for name in self.family.encoders}

    def tokenize_each(self, texts: Mapping[str, str], *, drop_empty: bool = False) -> dict[str, list[Chunk]]:
        """The same with a text of its own for each encoder name; shorter ones get chunks of the empty prompt.

        With `drop_empty`, an encoder whose text is empty gets no chunks, unless another needs it to keep step.
        Raises RunError if the family does not read all of `texts`.
        """
        if unknown := texts.keys() - self.family.encoders.keys():
            raise RunError(
                f"The CLIP of a {self.family.name} model has no text encoder {', '.join(sorted(unknown))}. "
                "Use the text encoding node of its own family, or CLIPTextEncode, which fits all."
            )
        chunks = {name: [] if drop_empty and not text else self._chunks(name, text) for name, text in texts.items()}
        longest = max(map(len, chunks.values()))
        return {name: own + self._chunks(name, "") * (longest - len(own)) for name, own in chunks.items()}

    def encode(self, text: str | Tokens, *, unprojected: bool = False) -> tuple[Tensor, Tensor | None]:
        """The conditioning sequence [1,T,C] and the pooled vector [1,P] (None if the family has none), float32 on CPU.

        T is 77 per chunk of 75 tokens. With `unprojected`, pooled states come as they are before any projection.
        """
        tokens = self.tokenize(text) if isinstance(text, str) else text
        encodings = {}
        for name, rule in self.family.encoders.items():
            if name not in self.encoders or (self.family.optional and not tokens.get(name)):
                continue
            rule = dataclasses.replace(rule, layer=rule.layer if self.layer is None else self.layer)
            if unprojected and rule.pooled:
                rule = dataclasses.replace(rule, pooled="raw")
            encodings[name] = encode_chunks(self.encoder(name), tokens[name], rule, self.device)
        return self.family.assemble(encodings)

    def _chunks(self, name: str, text: str) -> list[Chunk]:
        rule = self.family.encoders[name]
        spec = dataclasses.replace(rule.tokens, **self.options.get(name, {}))
        return tokenize(text, spec, rule.key, self.embeddings)


def conditioning(clip: Clip, text: str | Tokens, **values: Any) -> list[Any]:
    """CONDITIONING with one entry: the encoded text, its pooled vector, and `values` beside it."""
    cond, pooled = clip.encode(text)
    return [[cond, {"pooled_output": pooled, **values}]]
