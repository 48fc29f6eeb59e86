"""Picture sizes: what 'keep the aspect', 'megapixels' or 'largest side' come to, in the field's rounding."""

from __future__ import annotations

import math

import torch

from nodes.imaging.resize import common_upscale
from nodes.imaging.shapes import channels_first, channels_last, check_image, chosen

# Width and height of the pictures that FLUX.1 Kontext was trained on (Black Forest Labs, published with the model).
KONTEXT_SIZES = (
    (672, 1568), (688, 1504), (720, 1456), (752, 1392), (800, 1328), (832, 1248), (880, 1184), (944, 1104),
    (1024, 1024),
    (1104, 944), (1184, 880), (1248, 832), (1328, 800), (1392, 752), (1456, 720), (1504, 688), (1568, 672),
)  # fmt: skip


def resize_image(image: torch.Tensor, width: int, height: int, method: str, crop: str = "disabled") -> torch.Tensor:
    """[B,H,W,C] resized to [B,height,width,C]; see `common_upscale`."""
    check_image(image)
    return channels_last(common_upscale(channels_first(image), width, height, method, crop))


def scale_image(image: torch.Tensor, width: int, height: int, method: str, crop: str) -> torch.Tensor:
    """Resized to width x height pixels; one of them 0 keeps the aspect, both 0 change nothing."""
    check_image(image)
    if width == 0 and height == 0:
        return image
    old_height, old_width = image.shape[1:3]
    width = width or max(1, round(old_width * height / old_height))
    height = height or max(1, round(old_height * width / old_width))
    return resize_image(image, width, height, method, crop)


def scale_image_by(image: torch.Tensor, factor: float, method: str) -> torch.Tensor:
    """Both sides times `factor`."""
    check_image(image)
    return resize_image(image, round(image.shape[2] * factor), round(image.shape[1] * factor), method)


def scale_to_pixels(image: torch.Tensor, megapixels: float, method: str) -> torch.Tensor:
    """Resized to about megapixels·1024² pixels, same aspect."""
    check_image(image)
    factor = math.sqrt(int(megapixels * 1024 * 1024) / (image.shape[1] * image.shape[2]))
    return scale_image_by(image, factor, method)


def scale_to_largest(image: torch.Tensor, largest: int, method: str) -> torch.Tensor:
    """Resized so that the longer side is `largest` pixels, same aspect."""
    height, width = check_image(image).shape[1:3]
    new_width = largest if width >= height else round(width / height * largest)
    new_height = largest if height >= width else round(height / width * largest)
    return resize_image(image, new_width, new_height, method)


def scale_for_kontext(image: torch.Tensor) -> torch.Tensor:
    """Resized (Lanczos, centred) to the size among Kontext's own whose aspect is nearest."""
    height, width = check_image(image).shape[1:3]
    aspect = width / height
    _, width, height = min((abs(aspect - w / h), w, h) for w, h in KONTEXT_SIZES)
    return resize_image(image, width, height, "lanczos", "center")


def crop_image(image: torch.Tensor, width: int, height: int, x: int, y: int) -> torch.Tensor:
    """The part of width x height pixels at (x, y), cut off at the picture's edges."""
    check_image(image)
    x, y = min(x, image.shape[2] - 1), min(y, image.shape[1] - 1)
    return image[:, y : y + height, x : x + width]


QUARTER_TURNS = {"none": 0, "90 degrees": 1, "180 degrees": 2, "270 degrees": 3}


def rotate(tensor: torch.Tensor, rotation: str, dims: tuple[int, int]) -> torch.Tensor:
    """Clockwise by quarter turns; `dims` are (width, height)."""
    return torch.rot90(tensor, k=chosen(QUARTER_TURNS, rotation), dims=dims)


def flip(tensor: torch.Tensor, method: str, dims: tuple[int, int]) -> torch.Tensor:
    """'x-axis: ...' turns upside down, 'y-axis: ...' mirrors; `dims` are (width, height)."""
    return torch.flip(tensor, dims=[dims[1] if method.startswith("x") else dims[0]])
