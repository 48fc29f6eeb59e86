"""Reading picture files into IMAGE and MASK tensors, with files from strangers in mind."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
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
    with opened(path) as picture:
        # Further pictures of an MPO are previews or the other eye's.
        count = 1 if picture.format == "MPO" else getattr(picture, "n_frames", 1)
        frames = _Frames(count)
        for frame in islice(ImageSequence.Iterator(picture), count):
            _check_size(frame, path)
            frames.add(ImageOps.exif_transpose(frame))
    return frames.tensors()


class _Frames:
    """Frames as they are decoded, put where they belong, so that no second form of them all is ever there."""

    def __init__(self, most: int):
        self._most, self._kept = most, 0
        self._images, self._masks = torch.empty(0), torch.empty(0)

    def add(self, frame: Image.Image) -> None:
        """A frame, unless it has another size than the first."""
        height, width = frame.height, frame.width
        if not self._kept:
            check_room(self._most, height, width, 4, what="sequence")
            self._images = torch.empty(self._most, height, width, 3)
        if (height, width) != self._images.shape[1:3]:
            return
        eight = _eight_bit(frame)
        self._images[self._kept].copy_(_bytes(eight if eight.mode == "RGB" else eight.convert("RGB"))).div_(255.0)
        if _has_alpha(eight):
            if not self._masks.numel():
                self._masks = torch.zeros(self._most, height, width)
            self._masks[self._kept] = 1.0 - _floats(eight.convert("RGBA").getchannel("A"))[0]
        self._kept += 1

    def tensors(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures and masks."""
        masks = self._masks if self._masks.numel() else torch.zeros(self._most, *NO_MASK)
        return self._images[: self._kept], masks[: self._kept]


def load_batch(paths: Sequence[Path], resize_method: str, size: tuple[int, int] = (-1, -1)) -> torch.Tensor:
    """The first picture of every file as one batch [B,H,W,3] of `size` (width, height), each by default the first's.

    Those of another size are 'Stretch'ed to it, 'Crop'ped or 'Pad'ded with black in the middle; with 'None' they are an
    ImagingError, and so is a file that cannot be read, or none at all.
    """
    if not paths:
        raise ImagingError("There are no pictures in the folder; put PNG, JPEG or WebP files there.")
    pictures: list[Image.Image] = []
    for path in paths:
        with opened(path) as picture:
            upright = _eight_bit(ImageOps.exif_transpose(picture)).convert("RGB")
        if not pictures:
            size = _given(size[0], upright.width), _given(size[1], upright.height)
        if upright.size != size and resize_method not in FITTED:
            raise ImagingError(
                f"'{path.name}' is {upright.width}x{upright.height} pixels, not {size[0]}x{size[1]}; "
                "choose a resize method, or put pictures of one size in the folder."
            )
        check_room(len(paths), size[1], size[0], 3, what="batch")
        pictures.append(upright if upright.size == size else FITTED[resize_method](upright, size))
    batch = torch.empty(len(pictures), pictures[0].height, pictures[0].width, 3)
    for picture, target in zip(pictures, batch, strict=True):
        target.copy_(_bytes(picture)).div_(255.0)
    return batch


def _given(side: int, own: int) -> int:
    return side if side > 0 else own


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
