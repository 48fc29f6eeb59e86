"""The course of a training as a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from graphcore.errors import RunError

SIZE = 800, 480
LEFT, RIGHT, TOP, BOTTOM = 80, 20, 20, 40  # margins, in pixels
TICKS = 4
INK, GRID, FAINT, STRONG = "#202020", "#e0e0e0", "#9db8d9", "#1f5fa8"
SMOOTHING = 0.05  # of the steps: how far the bold curve averages


def loss_graph(losses: Sequence[float]) -> torch.Tensor:
    """Loss over steps [1,480,800,3]: each step's faint, their running mean bold. RunError without any loss."""
    values = [float(loss) for loss in losses]
    if not values or not all(map(math.isfinite, values)):
        raise RunError("There is no course of a loss to draw: connect the loss of a training that has run.")
    picture = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(picture)
    low, high = min(values), max(values)
    room = (high - low) * 0.05 or max(abs(high), 1.0) * 0.05
    axes = _Axes(len(values), low - room, high + room)
    _frame(draw, axes)
    _line(draw, [axes.place(step, value) for step, value in enumerate(values, 1)], FAINT, 1)
    _line(draw, [axes.place(step, value) for step, value in enumerate(smoothed(values), 1)], STRONG, 3)
    return torch.from_numpy(np.asarray(picture, dtype=np.float32) / 255.0)[None]


def smoothed(values: Sequence[float]) -> list[float]:
    """The mean of each value and those near it on both sides."""
    reach = round(len(values) * SMOOTHING)
    windows = (values[max(0, middle - reach) : middle + reach + 1] for middle in range(len(values)))
    return [sum(window) / len(window) for window in windows]


class _Axes:
    """Steps 1..`steps` and values `low`..`high` as pixels."""

    def __init__(self, steps: int, low: float, high: float):
        self.steps, self.low, self.high = steps, low, high

    def place(self, step: float, value: float) -> tuple[float, float]:
        width, height = SIZE[0] - LEFT - RIGHT, SIZE[1] - TOP - BOTTOM
        along = (step - 1) / max(self.steps - 1, 1)
        return LEFT + width * along, TOP + height * (self.high - value) / (self.high - self.low)


def _frame(draw: ImageDraw.ImageDraw, axes: _Axes) -> None:
    font = ImageFont.load_default(14)
    for tick in range(TICKS + 1):
        value = axes.low + (axes.high - axes.low) * tick / TICKS
        left, y = axes.place(1, value)
        draw.line([(left, y), (SIZE[0] - RIGHT, y)], fill=GRID)
        draw.text((LEFT - 8, y), f"{value:.4g}", fill=INK, anchor="rm", font=font)
    for step in sorted({1, *(round(axes.steps * tick / TICKS) for tick in range(1, TICKS + 1))} - {0}):
        x, _ = axes.place(step, axes.low)
        draw.text((x, SIZE[1] - BOTTOM + 8), str(step), fill=INK, anchor="mt", font=font)
    draw.text((SIZE[0] - RIGHT, SIZE[1] - 4), "step", fill=INK, anchor="rb", font=font)
    draw.text((LEFT + 6, TOP + 4), "loss", fill=INK, anchor="lt", font=font)


def _line(draw: ImageDraw.ImageDraw, points: list[tuple[float, float]], colour: str, width: int) -> None:
    if len(points) == 1:
        ((x, y),) = points
        draw.ellipse([x - width, y - width, x + width, y + width], fill=colour)
    else:
        draw.line(points, fill=colour, width=width, joint="curve")
