"""Token merging: self-attention over fewer queries (Bolya and Hoffman, https://arxiv.org/abs/2303.17604).

In every cell of 2 x 2 tokens one, chosen at random, is a destination; of the others, those that are most like a
destination are averaged into it before attention, and get its answer afterwards. Keys and values stay whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from nodes.guidance.options import with_patch

if TYPE_CHECKING:
    from nodes.models.model import Model

STRIDE = 2  # tokens of a cell, each way


@dataclass(frozen=True, eq=False)
class Merging:
    """Which tokens [B,T,C] merge: `sources` [B,r] into `targets` [B,r] (places in the list of destinations).

    `kept` [B,u] are the other sources. `sources`, `kept` and `destinations` [d] are places among all tokens.
    """

    sources: Tensor
    targets: Tensor
    kept: Tensor
    destinations: Tensor

    def merge(self, tokens: Tensor) -> Tensor:
        """[B,T,C] -> [B,T-r,C]: the kept tokens, then the destinations."""
        merged = tokens[:, self.destinations].scatter_reduce(
            1, _wide(self.targets, tokens), tokens.gather(1, _wide(self.sources, tokens)), reduce="mean"
        )
        return torch.cat((tokens.gather(1, _wide(self.kept, tokens)), merged), dim=1)

    def unmerge(self, merged: Tensor) -> Tensor:
        """[B,T-r,C] -> [B,T,C]: what merged gets the answer of its destination."""
        count = self.kept.shape[1]
        kept, destinations = merged[:, :count], merged[:, count:]
        total = merged.shape[1] + self.sources.shape[1]
        out = merged.new_empty(merged.shape[0], total, merged.shape[2])
        out[:, self.destinations] = destinations
        out.scatter_(1, _wide(self.kept, out), kept)
        return out.scatter_(1, _wide(self.sources, out), destinations.gather(1, _wide(self.targets, out)))


def merge_tokens(model: Model, ratio: float) -> Model:
    """Merge a share `ratio` of the tokens, where the network works at the latent's own resolution."""
    in_use: list[Merging] = []  # from a block's attention input to its output

    def attention_input(q: Tensor, k: Tensor, v: Tensor, extra_options: dict[str, Any]) -> tuple[Tensor, ...]:
        in_use.clear()
        height, width = extra_options["original_shape"][-2:]
        count = int(q.shape[1] * ratio)
        if q.shape[1] != height * width or count == 0:
            return q, k, v
        in_use.append(merging(q, height, width, count))
        return in_use[0].merge(q), k, v if v is not None else k

    def attention_output(out: Tensor, extra_options: dict[str, Any]) -> Tensor:
        return in_use.pop().unmerge(out) if in_use else out

    model = with_patch(model, "attn1_patch", attention_input)
    return with_patch(model, "attn1_output_patch", attention_output)


def merging(tokens: Tensor, height: int, width: int, count: int) -> Merging:
    """The `count` sources of tokens [B,height*width,C] most like a destination, each with the one it is most like."""
    destinations = random_destinations(height, width).to(tokens.device)
    is_source = torch.ones(height * width, dtype=torch.bool, device=tokens.device)
    is_source[destinations] = False
    places = is_source.nonzero().flatten()
    directions = tokens / tokens.norm(dim=-1, keepdim=True).clamp(min=1e-12)
    scores, targets = (directions[:, places] @ directions[:, destinations].transpose(1, 2)).max(dim=-1)
    order = scores.argsort(dim=-1, descending=True)
    chosen, rest = order[:, : min(count, len(places))], order[:, min(count, len(places)) :]
    return Merging(places[chosen], targets.gather(1, chosen), places[rest], destinations)


def random_destinations(height: int, width: int) -> Tensor:
    """Places [d] of one random token in each whole cell of a grid, by the global random generator."""
    rows, columns = height // STRIDE, width // STRIDE
    picks = torch.randint(STRIDE * STRIDE, (rows, columns))
    y = torch.arange(rows)[:, None] * STRIDE + picks // STRIDE
    x = torch.arange(columns)[None] * STRIDE + picks % STRIDE
    return (y * width + x).flatten()


def _wide(places: Tensor, tokens: Tensor) -> Tensor:
    return places[..., None].expand(*places.shape, tokens.shape[-1])
