"""Shapes and texts as masks, labels under pictures: drawn by Pillow, with the font it brings along."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from nodes.imaging.shapes import ImagingError, check_room

MAX_TEXT = 10_000  # characters


def shape_mask(shape: str, width: int, height: int, box: tuple[float, float, float, float]) -> torch.Tensor:
    """(1,height,width): 1 inside a rectangle or an ellipse, and on its edge the share of the pixel that it covers.

    `box` is left, top, right, bottom in shares of the mask's size.
    """
    check_room(height, width, what="mask")
    left, top, right, bottom = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    if right <= left or bottom <= top:
        raise ImagingError("The shape has no extent: its right and bottom must lie beyond its left and top.")
    if shape == "rectangle":
        return (_covered(height, top, bottom)[:, None] * _covered(width, left, right))[None]
    x = (torch.arange(width) + 0.5 - (left + right) / 2) / ((right - left) / 2)
    y = ((torch.arange(height) + 0.5 - (top + bottom) / 2) / ((bottom - top) / 2))[:, None]
    radius = torch.hypot(x, y)  # 1 on the ellipse
    slope = torch.hypot(x / (right - left), y / (bottom - top)) * 2 / radius.clamp(min=1e-6)
    return (0.5 - (radius - 1) / slope.clamp(min=1e-6)).clamp_(0, 1)[None]


def _covered(length: int, start: float, end: float) -> torch.Tensor:
    """How much of each of `length` pixels lies between `start` and `end`."""
    pixel = torch.arange(length, dtype=torch.float32)
    return ((pixel + 1).clamp(max=end) - pixel.clamp(min=start)).clamp_(min=0)


def text_mask(text: str, width: int, height: int, size: int, place: str) -> torch.Tensor:
    """(1,height,width): 1 where the text is; `size` in pixels, `place` center, top or bottom. Lines are centred."""
    check_room(height, width, what="mask")
    canvas = Image.new("L", (width, height))
    _write(ImageDraw.Draw(canvas), text, (0, 0, width, height), size, place, 255)
    return _mask(canvas)


def labelled(image: torch.Tensor, text: str, size: int) -> torch.Tensor:
    """[H,W,C] with a white strip of one line below it that holds the text in black, cut off where it does not fit."""
    width, channels = image.shape[1:]
    strip = Image.new("L", (width, label_height(size)), 255)
    _write(ImageDraw.Draw(strip), text, (0, 0, *strip.size), size, "center", 0)
    label = torch.from_numpy(np.array(strip)).to(image.dtype).div_(255.0)[..., None]
    return torch.cat((image, label.expand(-1, -1, channels).to(image.device)))


def label_height(size: int) -> int:
    """Pixels of a label's strip."""
    return round(size * 1.5)


def _write(
    draw: ImageDraw.ImageDraw, text: str, box: tuple[int, int, int, int], size: int, place: str, fill: int
) -> None:
    if len(text) > MAX_TEXT:
        raise ImagingError(f"The text has {len(text)} characters; at most {MAX_TEXT} are drawn.")
    font = ImageFont.load_default(size)
    left, top, right, bottom = draw.multiline_textbbox((0, 0), text, font=font, align="center")
    x = (box[0] + box[2] - left - right) / 2
    y = {"top": box[1] - top, "bottom": box[3] - bottom}.get(place, (box[1] + box[3] - top - bottom) / 2)
    draw.multiline_text((x, y), text, fill=fill, font=font, align="center")


def _mask(canvas: Image.Image) -> torch.Tensor:
    return torch.from_numpy(np.array(canvas)).to(torch.float32).div_(255.0)[None]
