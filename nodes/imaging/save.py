"""Writing IMAGE tensors to files: PNG, WebP, JPEG, AVIF and the animated forms, with their making in the metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO

import torch
from PIL import Image

from nodes.imaging import metadata as embedded
from nodes.imaging.resize import to_bytes
from nodes.imaging.shapes import ImagingError, check_image, chosen

WEBP_METHODS = {"default": 4, "fastest": 0, "slowest": 6}


def to_picture(image: torch.Tensor) -> Image.Image:
    """[H,W,C] with 1, 3 or 4 channels -> a Pillow picture of 8-bit values, truncated as the field does."""
    if image.shape[-1] not in (1, 3, 4):
        raise ImagingError(f"Files hold pictures of 1, 3 or 4 channels, not {image.shape[-1]}.")
    pixels = to_bytes(image)
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def to_pictures(images: torch.Tensor) -> list[Image.Image]:
    """[B,H,W,C] -> Pillow pictures."""
    return [to_picture(image) for image in check_image(images, "images")]


def write_png(file: BinaryIO, picture: Image.Image, metadata: Mapping[str, Any], compress_level: int = 4) -> None:
    """One PNG; `compress_level` 0 (fast) to 9 (small)."""
    picture.save(file, "PNG", pnginfo=embedded.png_info(metadata), compress_level=compress_level)


def write_apng(
    file: BinaryIO, pictures: list[Image.Image], metadata: Mapping[str, Any], fps: float, compress_level: int = 4
) -> None:
    """An animated PNG."""
    pictures[0].save(
        file,
        "PNG",
        pnginfo=embedded.apng_info(metadata),
        compress_level=compress_level,
        save_all=True,
        duration=int(1000.0 / fps),
        append_images=pictures[1:],
    )


def write_webp(
    file: BinaryIO,
    pictures: list[Image.Image],
    metadata: Mapping[str, Any],
    fps: float = 1.0,
    lossless: bool = True,
    quality: int = 80,
    method: str = "default",
) -> None:
    """A WebP, animated if there are several pictures. `quality` 0..100; `method` default, fastest or slowest."""
    pictures[0].save(
        file,
        "WEBP",
        save_all=True,
        duration=int(1000.0 / fps),
        append_images=pictures[1:],
        exif=embedded.exif(metadata),
        lossless=lossless,
        quality=quality,
        method=chosen(WEBP_METHODS, method),
    )


def write_lossy(file: BinaryIO, picture: Image.Image, metadata: Mapping[str, Any], format: str, quality: int) -> None:
    """One JPEG or AVIF; `quality` 0..100. A JPEG has no alpha and room for 64 KB of metadata."""
    tags = embedded.exif(metadata)
    if format == "JPEG":
        picture = picture.convert("RGB")
        if len(tags.tobytes()) > 65_000:
            raise ImagingError("The workflow is too long for a JPEG's metadata; save as WebP, AVIF or PNG instead.")
    picture.save(file, format, quality=quality, exif=tags)
