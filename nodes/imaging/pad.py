"""Canvases: padding for outpainting, padding to a size, and putting pictures side by side."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn.functional import pad

from nodes.imaging.scale import resize_image
from nodes.imaging.shapes import check_image, check_room, chosen

COLORS = {
    "white": (1.0, 1.0, 1.0),
    "black": (0.0, 0.0, 0.0),
    "red": (1.0, 0.0, 0.0),
    "green": (0.0, 1.0, 0.0),
    "blue": (0.0, 0.0, 1.0),
}


def pad_for_outpaint(
    image: torch.Tensor, left: int, top: int, right: int, bottom: int, feathering: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The picture on a grey canvas, and the mask (1,H',W') of what is to be painted.

    Inside the picture the mask falls from 1 to 0 (a parabola) over `feathering` pixels from every padded side.
    """
    batch, height, width, channels = check_image(image).shape
    check_room(batch, height + top + bottom, width + left + right, channels)
    canvas = pad(image, (0, 0, left, right, top, bottom), value=0.5)
    inside = _feather(height, width, (left, top, right, bottom), feathering)
    return canvas, pad(inside, (left, right, top, bottom), value=1.0)[None]


def _feather(height: int, width: int, sides: tuple[int, int, int, int], feathering: int) -> torch.Tensor:
    if feathering < 1 or feathering * 2 >= min(height, width):
        return torch.zeros(height, width)
    left, top, right, bottom = sides
    row, column = torch.arange(height), torch.arange(width)
    far = torch.full((1,), max(height, width))
    vertical = torch.minimum(row if top else far, height - row if bottom else far)
    horizontal = torch.minimum(column if left else far, width - column if right else far)
    distance = torch.minimum(vertical.expand(height)[:, None], horizontal.expand(width)[None])
    return ((feathering - distance).clamp(min=0) / feathering) ** 2


def resize_and_pad(image: torch.Tensor, width: int, height: int, color: str, method: str) -> torch.Tensor:
    """The whole picture, resized to fit and centred on a canvas of width x height in one colour."""
    old_height, old_width = check_image(image).shape[1:3]
    scale = min(width / old_width, height / old_height)
    inner = resize_image(image, max(1, int(old_width * scale)), max(1, int(old_height * scale)), method)
    x, y = (width - inner.shape[2]) // 2, (height - inner.shape[1]) // 2
    canvas = _filled((inner.shape[0], height, width, inner.shape[-1]), color, image)
    canvas[:, y : y + inner.shape[1], x : x + inner.shape[2]] = inner
    return canvas


def _filled(shape: Sequence[int], color: str, like: torch.Tensor) -> torch.Tensor:
    """One colour [B,H,W,C]; channels beyond the third are opaque."""
    check_room(*shape)
    values = (chosen(COLORS, color) + (1.0,) * shape[-1])[: shape[-1]]
    return torch.tensor(values, dtype=like.dtype, device=like.device).expand(*shape).clone()


def stitch_images(
    image1: torch.Tensor, image2: torch.Tensor | None, direction: str, match_size: bool, spacing: int, color: str
) -> torch.Tensor:
    """`image2` put right, left, above or below `image1`, with a strip of `spacing` pixels (made even) between them.

    The shorter batch goes on with its last picture. `match_size` gives the second the first one's extent along the
    shared side (Lanczos, so 8-bit values, as in the field also if it fits already), keeping its aspect; otherwise the
    smaller one is centred on black.
    """
    check_image(image1, "image1")
    if image2 is None:
        return image1
    first, second = _same_batch_and_channels(image1, check_image(image2, "image2"))
    along = 2 if direction in ("left", "right") else 1  # the side that grows
    if match_size:
        second = _matched(second, first.shape[3 - along], 3 - along)
    first, second = _centred(first, second, 3 - along)
    strip = [*first.shape]
    strip[along] = spacing + spacing % 2
    parts = [first, second] if direction in ("right", "down") else [second, first]
    if spacing:
        parts.insert(1, _filled(strip, color, first))
    return torch.cat(parts, dim=along)


def _same_batch_and_channels(first: torch.Tensor, second: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    batch, channels = (max(first.shape[axis], second.shape[axis]) for axis in (0, 3))

    def fitted(image: torch.Tensor) -> torch.Tensor:
        opaque = pad(image, (0, channels - image.shape[-1]), value=1.0)
        return torch.cat((opaque, opaque[-1:].expand(batch - len(opaque), -1, -1, -1)))

    return fitted(first), fitted(second)


def _matched(image: torch.Tensor, extent: int, side: int) -> torch.Tensor:
    """`image` with `extent` pixels on `side` (1 height, 2 width)."""
    other = max(1, int(extent * (image.shape[3 - side] / image.shape[side])))
    height, width = (extent if axis == side else other for axis in (1, 2))
    return resize_image(image, width, height, "lanczos")


def _centred(first: torch.Tensor, second: torch.Tensor, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Both with the larger extent on `side` (1 height, 2 width); what is added is 0."""
    extent = max(first.shape[side], second.shape[side])

    def placed(image: torch.Tensor) -> torch.Tensor:
        missing = extent - image.shape[side]
        ends = (missing // 2, missing - missing // 2)
        return pad(image, (0, 0, *ends) if side == 2 else (0, 0, 0, 0, *ends))

    return placed(first), placed(second)
