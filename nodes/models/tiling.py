"""Work on a picture in overlapping tiles, blended with linear ramps."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from graphcore.errors import RunError


def tiled(
    samples: Tensor,
    function: Callable[[Tensor], Tensor],
    tile: tuple[int, int],
    overlap: int,
    scale: float,
    channels: int,
    on_tile: Callable[[], None] | None = None,
) -> Tensor:
    """`function` over [B,C,H,W], item by item and tile by tile: [B, channels, H * scale, W * scale], on the CPU.

    `tile` is (height, width) and `overlap` the seam, in cells of `samples`; `function` scales sizes by `scale`.
    Raises RunError where the overlap leaves a tile nothing of its own.
    """
    height, width = (round(size * scale) for size in samples.shape[-2:])
    out = torch.empty(samples.shape[0], channels, height, width)
    for b in range(samples.shape[0]):
        out[b : b + 1] = _tiled_item(samples[b : b + 1], function, tile, overlap, scale, out[b : b + 1], on_tile)
    return out


def count(size: tuple[int, int], tile: tuple[int, int], overlap: int) -> int:
    """How many tiles one item of (height, width) takes."""
    (rows, columns) = (len(_positions(s, t, overlap)) for s, t in zip(size, tile, strict=True))
    return rows * columns


def _tiled_item(
    item: Tensor,
    function: Callable[[Tensor], Tensor],
    tile: tuple[int, int],
    overlap: int,
    scale: float,
    like: Tensor,
    on_tile: Callable[[], None] | None,
) -> Tensor:
    if item.shape[-2] <= tile[0] and item.shape[-1] <= tile[1]:
        result = function(item).float().cpu()
        if on_tile is not None:
            on_tile()
        return result
    total, weight = torch.zeros_like(like), torch.zeros_like(like)
    for (y, h), (x, w) in _pieces(item, tile, overlap):
        piece = function(item[..., y : y + h, x : x + w]).float().cpu()
        mask = _ramps(piece, round(overlap * scale))
        top, left = round(y * scale), round(x * scale)
        bottom, right = top + piece.shape[-2], left + piece.shape[-1]
        total[..., top:bottom, left:right] += piece * mask
        weight[..., top:bottom, left:right] += mask
        if on_tile is not None:
            on_tile()
    return total / weight


def _pieces(item: Tensor, tile: tuple[int, int], overlap: int) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """((y, height), (x, width)) of every tile."""
    height, width = item.shape[-2:]
    for y in _positions(height, tile[0], overlap):
        for x in _positions(width, tile[1], overlap):
            yield (y, min(tile[0], height - y)), (x, min(tile[1], width - x))


def _positions(size: int, tile: int, overlap: int) -> list[int]:
    if size <= tile:
        return [0]
    if tile <= overlap:
        raise RunError(
            f"Tiles of {tile} cannot overlap by {overlap}: choose a smaller overlap or larger tiles "
            "(one of the passes halves the tile)."
        )
    return [max(0, min(size - overlap, start)) for start in range(0, size - overlap, tile - overlap)]


def _ramps(piece: Tensor, feather: int) -> Tensor:
    """Weights [like piece] that rise over `feather` cells from every border, those of the picture included."""
    mask = torch.ones_like(piece)
    for dim in (-2, -1):
        if feather >= piece.shape[dim]:
            continue
        for t in range(feather):
            share = (t + 1) / feather
            mask.select(dim, t).mul_(share)
            mask.select(dim, -1 - t).mul_(share)
    return mask
