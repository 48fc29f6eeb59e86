"""HyperTile: self-attention within tiles, for large pictures (https://github.com/tfernd/HyperTile).

Queries, keys and values are cut into the same tiles. (The field's reference cuts the queries only, which its attention
accepts for one latent at a time, and then changes nothing.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from nodes.guidance.options import with_patch

if TYPE_CHECKING:
    from nodes.models.model import Model

SMALLEST_TILE = 32  # pixels
LATENT_CELL = 8


@dataclass(frozen=True)
class Tiling:
    """A grid of height x width tokens cut into rows x columns tiles."""

    height: int
    width: int
    rows: int
    columns: int

    def cut(self, tokens: Tensor) -> Tensor:
        """[B, height*width, C] -> [B*rows*columns, tokens of a tile, C]."""
        b, _, c = tokens.shape
        grid = tokens.reshape(b, self.rows, self.height // self.rows, self.columns, self.width // self.columns, c)
        return grid.transpose(2, 3).reshape(b * self.rows * self.columns, -1, c)

    def join(self, tiles: Tensor) -> Tensor:
        """The inverse of `cut`."""
        b, c = tiles.shape[0] // (self.rows * self.columns), tiles.shape[-1]
        grid = tiles.reshape(b, self.rows, self.columns, self.height // self.rows, self.width // self.columns, c)
        return grid.transpose(2, 3).reshape(b, self.height * self.width, c)


def hypertile(model: Model, tile_size: int, swap_size: int, max_depth: int, scale_depth: bool) -> Model:
    """Tiles of about `tile_size` pixels: at random one of the `swap_size` smallest that fit, down to `max_depth`."""
    cells = max(SMALLEST_TILE, tile_size) // LATENT_CELL
    in_use: list[Tiling] = []  # from a block's attention input to its output

    def attention_input(q: Tensor, k: Tensor, v: Tensor, extra_options: dict[str, Any]) -> tuple[Tensor, ...]:
        in_use.clear()
        depth = depth_of(q.shape[-2], extra_options["original_shape"], max_depth)
        if depth is None:
            return q, k, v
        smallest = cells * (2**depth if scale_depth else 1)
        tiling = random_tiling(q.shape[-2], extra_options["original_shape"], smallest, swap_size)
        if tiling.rows * tiling.columns == 1:
            return q, k, v
        in_use.append(tiling)
        return tiling.cut(q), tiling.cut(k), tiling.cut(v)

    def attention_output(out: Tensor, extra_options: dict[str, Any]) -> Tensor:
        return in_use.pop().join(out) if in_use else out

    model = with_patch(model, "attn1_patch", attention_input)
    return with_patch(model, "attn1_output_patch", attention_output)


def depth_of(tokens: int, latent_shape: tuple[int, ...], max_depth: int) -> int | None:
    """How often the latent [B,C,H,W] was halved to leave that many tokens; None if more than `max_depth` times."""
    height, width = latent_shape[-2:]
    sizes = {(height // 2**depth) * (width // 2**depth): depth for depth in range(max_depth, -1, -1)}
    return sizes.get(tokens)


def random_tiling(tokens: int, latent_shape: tuple[int, ...], smallest: int, swap_size: int) -> Tiling:
    """A tiling of the grid that `tokens` form, from the global random generator."""
    aspect = latent_shape[-1] / latent_shape[-2]
    width, height = round(math.sqrt(tokens * aspect)), round(math.sqrt(tokens / aspect))
    columns = random_count(width, smallest, swap_size)
    rows = random_count(height, smallest, swap_size)
    return Tiling(height, width, rows, columns)


def random_count(size: int, smallest: int, choices: int) -> int:
    """Into how many tiles to cut `size`, among the `choices` smallest tiles that divide it; never the last of them."""
    divisors = [d for d in range(min(smallest, size), size + 1) if size % d == 0][:choices]
    counts = [size // d for d in divisors]
    return counts[int(torch.randint(0, len(counts) - 1, (1,)))] if len(counts) > 1 else counts[0]
