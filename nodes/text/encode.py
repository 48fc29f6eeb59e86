"""One encoder over the chunks of a prompt, and prompt weights applied to what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from nodes.text.assemble import Encoding
from nodes.text.encoder import TextEncoder

if TYPE_CHECKING:
    from nodes.text.chunks import Chunk
    from nodes.text.families import EncoderRule


def encode_chunks(
    encoder: TextEncoder, chunks: Sequence[Chunk], rule: EncoderRule, device: torch.device | str = "cpu"
) -> Encoding:
    """Encode `chunks` (of equal length) in one batch and join them along the tokens.

    A weight w moves its token's state along the line from the empty prompt's state at that position:
    z = (z - z_empty) * w + z_empty. The pooled state is the first chunk's. No chunks mean the empty prompt.
    """
    rows = [[token for token, _ in chunk] for chunk in chunks]
    weights = torch.tensor([[weight for _, weight in chunk] for chunk in chunks])
    weighted = bool((weights != 1).any())
    if weighted or not rows:
        rows.append(rule.tokens.empty(max(map(len, rows), default=0)))
    hidden, pooled = encoder.run(
        rows,
        pad=rule.tokens.pad,
        layer=rule.layer,
        normalise=rule.normalise,
        masked=rule.masked,
        pool=rule.pooled is not None,
        device=device,
    )
    if weighted:
        hidden = _weighted(hidden[:-1], hidden[-1:], weights)
    if pooled is not None:
        pooled = encoder.project(pooled[:1]) if rule.pooled == "projected" else pooled[:1]
    return Encoding(hidden.flatten(0, 1)[None], pooled)


def _weighted(hidden: Tensor, empty: Tensor, weights: Tensor) -> Tensor:
    # Where the weight is 1, the state stays as it is to the last bit.
    moved = (hidden - empty) * weights[..., None] + empty
    return torch.where(weights[..., None] == 1, hidden, moved)
