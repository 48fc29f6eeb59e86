"""The text encoder in training: CLIP's architecture on CLIP's tokens, with rows only for tokens that captions use."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from nodes.text.tokenizer import END, START, VOCABULARY_SIZE, clip_token_ids
from tools.default_model.captions import random_caption
from tools.default_model.scenes import random_landscape, random_pair, random_single

WIDTH, LAYERS, HEADS, LENGTH = 128, 3, 2, 77
_PROBES = 4000
_TOKENS = "embeddings.token_embedding.weight"


class TextModel(nn.Module):
    """Captions to the states of all 77 positions, as a checkpoint's text encoder gives them to its UNet."""

    def __init__(self) -> None:
        super().__init__()
        config = CLIPTextConfig(
            vocab_size=len(used_tokens()),
            hidden_size=WIDTH,
            intermediate_size=4 * WIDTH,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            max_position_embeddings=LENGTH,
            hidden_act="quick_gelu",
            bos_token_id=0,
            eos_token_id=1,
            attn_implementation="eager",
        )
        self.encoder: Any = CLIPTextModel(config)
        # CLIP's own 0.02 is meant for tables that train for weeks.
        nn.init.normal_(self.encoder.get_input_embeddings().weight, std=0.3)

    def forward(self, rows: Tensor) -> Tensor:
        """Rows of `token_rows` [B, 77] to states [B, 77, WIDTH]."""
        states: Tensor = self.encoder(rows).last_hidden_state
        return states


@cache
def used_tokens() -> tuple[int, ...]:
    """The tokens that captions are made of, start and end first."""
    rng = random.Random(0)
    scenes = [maker(rng) for _ in range(_PROBES) for maker in (random_single, random_pair, random_landscape)]
    seen = {token for scene in scenes for token in clip_token_ids(random_caption(scene, rng))}
    return (START, END, *sorted(seen))


def token_rows(captions: list[str]) -> Tensor:
    """The captions' numbers in `used_tokens` [B, 77], padded with end tokens as CLIP is; unknown words are left out."""
    known = {token: row for row, token in enumerate(used_tokens())}
    rows = torch.ones(len(captions), LENGTH, dtype=torch.long)
    for row, caption in zip(rows, captions, strict=True):
        tokens = [known[token] for token in clip_token_ids(caption) if token in known][: LENGTH - 2]
        row[: len(tokens) + 1] = torch.tensor([0, *tokens])
    return rows


def full_table(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """A `TextModel`'s encoder state with a row for every CLIP token; those of unused tokens are zero."""
    rows = next(tensor for name, tensor in state.items() if name.endswith(_TOKENS))
    table = torch.zeros(VOCABULARY_SIZE, rows.shape[1], dtype=rows.dtype)
    table[list(used_tokens())] = rows.cpu()
    return {name: table if name.endswith(_TOKENS) else tensor for name, tensor in state.items()}


def used_table(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The opposite: a `TextModel`'s encoder state, with rows for the tokens that captions use."""
    return {name: tensor[list(used_tokens())] if name.endswith(_TOKENS) else tensor for name, tensor in state.items()}
