"""Reading picture files into IMAGE and MASK tensors, with files from strangers in mind."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, ImageSequence

from nodes.imaging.colour import CHANNELS
from nodes.imaging.shapes import ImagingError, check_room, chosen

MAX_PIXELS = 2 * 89_478_485  # where Pillow itself refuses; a 13,000 x 13,000 picture still loads
NO_MASK = (64, 64)  # the field's size of "there is no alpha"
# Not every reader of Pillow's: the one for PostScript runs a program on the file.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM", "TGA", "ICO", "JPEG2000")
# What Pillow's readers raise on files that are not what they claim to be.
BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError,
    RuntimeError, struct.error, zlib.error,
)  # fmt: skip

FITTED: dict[str, Callable[[Image.Image, tuple[int, int]], Image.Image]] = {
    "Stretch": Image.Image.resize,
    "Crop": ImageOps.fit,
    "Pad": ImageOps.pad,
}


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """A picture file, its size checked before anything is decoded. ImagingError says what is wrong with it."""
    try:
        with Image.open(path, formats=FORMATS) as picture:
            _check_size(picture, path)
            yield picture
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImagingError(f"'{path.name}' is too large: {error}. Scale it down before loading it.") from None
    except BROKEN as error:
        raise ImagingError(
            f"'{path.name}' cannot be read as a picture ({error}); it may be truncated, damaged or of an unknown "
            "format. Save it again as PNG, JPEG or WebP."
        ) from error


def _check_size(picture: Image.Image, path: Path) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise ImagingError(
            f"'{path.name}' is {picture.width}x{picture.height} pixels; at most {MAX_PIXELS:,} pixels are loaded. "
            "Scale it down first."
        )


def load_pictures(path: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Every frame of a picture file: pictures [B,H,W,3] and masks [B,H,W] of what is transparent (1 − alpha).

    The camera's orientation is applied, 16-bit values become 8-bit ones, frames of another size than the first are left
    out. Without alpha the mask is zeros of 64x64. ImagingError if the file cannot be read.
    """
    frames: list[Image.Image] = []
    with opened(path) as picture:
        for frame in ImageSequence.Iterator(picture):
            upright = ImageOps.exif_transpose(frame)
            if not frames or upright.size == frames[0].size:
                check_room(len(frames) + 1, upright.height, upright.width, 4, what="sequence")
                frames.append(_eight_bit(upright))
            if picture.format == "MPO":  # the further pictures are previews or the other eye's
                break
    image = torch.empty(len(frames), frames[0].height, frames[0].width, 3)
    for frame, target in zip(frames, image, strict=True):
        torch.div(_bytes(frame if frame.mode == "RGB" else frame.convert("RGB")), 255.0, out=target)
    return image, _masks(frames)


def load_batch(paths: Sequence[Path], resize_method: str) -> torch.Tensor:
    """The first picture of every file as one batch [B,H,W,3] of the first one's size.

    Those of another size are 'Stretch'ed to it, 'Crop'ped or 'Pad'ded with black in the middle; with 'None' they are an
    ImagingError, and so is a file that cannot be read, or none at all.
    """
    if not paths:
        raise ImagingError("There are no pictures in the folder; put PNG, JPEG or WebP files there.")
    pictures: list[Image.Image] = []
    for path in paths:
        with opened(path) as picture:
            upright = _eight_bit(ImageOps.exif_transpose(picture)).convert("RGB")
        size = pictures[0].size if pictures else upright.size
        if upright.size != size and resize_method not in FITTED:
            raise ImagingError(
                f"'{path.name}' is {upright.width}x{upright.height} pixels, the first picture {size[0]}x{size[1]}; "
                "choose a resize method, or put pictures of one size in the folder."
            )
        check_room(len(paths), size[1], size[0], 3, what="batch")
        pictures.append(upright if upright.size == size else FITTED[resize_method](upright, size))
    batch = torch.empty(len(pictures), pictures[0].height, pictures[0].width, 3)
    for picture, target in zip(pictures, batch, strict=True):
        torch.div(_bytes(picture), 255.0, out=target)
    return batch


def load_channel(path: Path, channel: str) -> torch.Tensor:
    """One channel of a picture file as a mask (1,H,W); alpha is inverted (1 = transparent), and opaque if absent.

    ImagingError if the file cannot be read.
    """
    with opened(path) as picture:
        upright = _eight_bit(ImageOps.exif_transpose(picture)).convert("RGBA")
    values = _floats(upright.getchannel(chosen(CHANNELS, channel)))
    return 1.0 - values if channel == "alpha" else values


def _eight_bit(picture: Image.Image) -> Image.Image:
    """Integer pictures of more than 8 bits scaled as the field does (v/255, cut to 255); any other as it is."""
    if picture.mode.startswith("I;16"):
        picture = picture.convert("I")
    if picture.mode == "I":
        return picture.point(lambda value: value * (1 / 255)).convert("L")
    return picture


def _has_alpha(picture: Image.Image) -> bool:
    """An alpha channel, or a palette with transparent entries. One see-through colour among true colours is neither."""
    return "A" in picture.getbands() or (picture.mode == "P" and "transparency" in picture.info)


def _bytes(picture: Image.Image) -> torch.Tensor:
    """[H,W] or [H,W,C], 0..255."""
    return torch.from_numpy(np.array(picture))


def _floats(picture: Image.Image) -> torch.Tensor:
    """[1,H,W] or [1,H,W,C], 0..1."""
    return _bytes(picture).to(torch.float32).div_(255.0)[None]


def _masks(frames: list[Image.Image]) -> torch.Tensor:
    if not any(_has_alpha(frame) for frame in frames):
        return torch.zeros(len(frames), *NO_MASK)
    height, width = frames[0].height, frames[0].width
    masks = [
        1.0 - _floats(frame.convert("RGBA").getchannel("A")) if _has_alpha(frame) else torch.zeros(1, height, width)
        for frame in frames
    ]
    return torch.cat(masks)
