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
    """One colour [B,H,W,C]."""
    check_room(*shape)
    return _color(color, like, shape[-1]).expand(*shape).clone()


def _color(color: str, like: torch.Tensor, channels: int) -> torch.Tensor:
    """[C]; channels beyond the third are opaque."""
    values = (chosen(COLORS, color) + (1.0,) * channels)[:channels]
    return torch.tensor(values, dtype=like.dtype, device=like.device)


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
    check_image(image2, "image2")
    along = 2 if direction in ("left", "right") else 1  # the side that grows
    if match_size:
        image2 = _matched(image2, image1.shape[3 - along], 3 - along)
    parts = [image1, image2] if direction in ("right", "down") else [image2, image1]
    strip = spacing + spacing % 2
    canvas = _empty_canvas(parts, along, strip)
    before = parts[0].shape[along]
    _place(canvas.narrow(along, 0, before), parts[0], 3 - along)
    if strip:
        canvas.narrow(along, before, strip).copy_(_color(color, image1, canvas.shape[-1]))
    _place(canvas.narrow(along, before + strip, parts[1].shape[along]), parts[1], 3 - along)
    return canvas


def _matched(image: torch.Tensor, extent: int, side: int) -> torch.Tensor:
    """`image` with `extent` pixels on `side` (1 height, 2 width)."""
    other = max(1, int(extent * (image.shape[3 - side] / image.shape[side])))
    height, width = (extent if axis == side else other for axis in (1, 2))
    return resize_image(image, width, height, "lanczos")


def _empty_canvas(parts: Sequence[torch.Tensor], along: int, strip: int) -> torch.Tensor:
    """Zeros for pictures side by side: the largest batch, channels and extent, and all their lengths."""
    shape = [max(part.shape[axis] for part in parts) for axis in range(4)]
    shape[along] = sum(part.shape[along] for part in parts) + strip
    check_room(*shape)
    return torch.zeros(shape, dtype=parts[0].dtype, device=parts[0].device)


def _place(room: torch.Tensor, image: torch.Tensor, side: int) -> None:
    """Copy a picture into the middle of `room` on `side`; its last one goes on, channels that it lacks are opaque."""
    start = (room.shape[side] - image.shape[side]) // 2
    place = room.narrow(side, start, image.shape[side])
    place[: len(image), ..., : image.shape[-1]] = image
    place[len(image) :, ..., : image.shape[-1]] = image[-1:]
    place[..., image.shape[-1] :] = 1.0
