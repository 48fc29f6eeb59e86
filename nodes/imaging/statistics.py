"""Numbers that describe a picture."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nodes.imaging.shapes import check_image


class Statistics(NamedTuple):
    """Of all values of a batch, 0..1; `contrast` is their standard deviation."""

    mean: float
    contrast: float
    minimum: float
    maximum: float
    report: str


def statistics(image: torch.Tensor) -> Statistics:
    """Statistics of [B,H,W,C], and a report that tells the channels apart and counts what is out of range."""
    values = check_image(image)
    low, high = values.aminmax()
    deviation, mean = torch.std_mean(values, correction=0)
    lines = [f"{len(values)} x {values.shape[2]}x{values.shape[1]}, {values.shape[3]} channels, {values.dtype}"]
    for channel, name in zip(values.unbind(-1), ("red", "green", "blue", "alpha"), strict=False):
        spread, middle = torch.std_mean(channel, correction=0)
        lines.append(f"{name}: mean {middle:.4f}, deviation {spread:.4f}, {channel.min():.4f} to {channel.max():.4f}")
    outside = int(((values < 0) | (values > 1)).sum())
    broken = int((~torch.isfinite(values)).sum())
    lines.append(f"{outside} values out of 0..1, {broken} not finite")
    return Statistics(float(mean), float(deviation), float(low), float(high), "\n".join(lines))
