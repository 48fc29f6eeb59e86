"""`comfy_extras.nodes_mask`: our mask nodes as classes, and pasting a picture into another."""

from __future__ import annotations

from torch import Tensor

from nodes.imaging import composite as ours


def composite(
    destination: Tensor, source: Tensor, x: int, y: int, mask: Tensor | None = None, multiplier: int = 8,
    resize_source: bool = False,
) -> Tensor:  # fmt: skip
    """`source` [B,C,h,w] pasted into a copy of `destination` at (x, y), in units of 1/`multiplier`."""
    return ours.composite(destination, source, x, y, mask, multiplier, resize_source)
