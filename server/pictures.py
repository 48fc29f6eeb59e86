"""Pictures re-encoded for viewing, and masks. Blocking; Pillow is imported when it is first needed."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from graphcore.errors import UserError

if TYPE_CHECKING:
    from PIL import Image

PREVIEW_QUALITY = 90
# What is opened. Others would start programs (EPS) or read formats that nobody needs and few have looked at.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM")
COVER_SIZE = 1024  # pixels, longest side of a model's picture


class NoPicture(UserError):
    """What should be a picture is none, or one too large to be opened."""


def _open(path: Path, max_pixels: int) -> Image.Image:
    """The picture in a file."""
    with path.open("rb") as file:
        return _decoded(file, max_pixels)


def _decoded(file: BinaryIO, max_pixels: int) -> Image.Image:
    """A picture in memory. NoPicture for what is none, and for a bomb, before it is unpacked."""
    from PIL import Image

    try:
        image = Image.open(file, formats=FORMATS)
        if image.width * image.height > max_pixels:
            raise NoPicture(f"The picture has {image.width} x {image.height} pixels; {max_pixels} in all are allowed.")
        image.load()
    except NoPicture:
        raise
    except Exception as error:  # noqa: BLE001 - Pillow's readers raise whatever a damaged file makes them raise
        raise NoPicture(f"The file is no picture that can be opened: {error}") from None
    return image


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def preview(path: Path, wanted: str, channel: str, max_pixels: int) -> tuple[str, bytes]:
    """(type, bytes) of a smaller form: `wanted` is 'webp' or 'jpeg', perhaps with ';QUALITY'. Others become WebP."""
    kind, _, quality = wanted.partition(";")
    if kind not in ("webp", "jpeg") or "a" in channel:
        kind = "webp"
    image = _open(path, max_pixels)
    if kind == "jpeg" or channel == "rgb":
        image = image.convert("RGB")
    amount = min(int(quality), 100) if quality.isdecimal() else PREVIEW_QUALITY
    return f"image/{kind}", _encoded(image, kind, quality=amount)


def without_alpha(path: Path, max_pixels: int) -> bytes:
    """A PNG of the colours alone."""
    image = _open(path, max_pixels)
    if image.mode == "RGBA":
        from PIL import Image

        image = Image.merge("RGB", image.split()[:3])
    return _encoded(image.convert("RGB"), "PNG")


def alpha_alone(path: Path, max_pixels: int) -> bytes:
    """A PNG whose alpha is the picture's; opaque where it has none."""
    from PIL import Image

    alpha = _open(path, max_pixels).convert("RGBA").getchannel("A")
    image = Image.new("RGBA", alpha.size)
    image.putalpha(alpha)
    return _encoded(image, "PNG")


def masked(original: Path, mask: Path, max_pixels: int) -> bytes:
    """A PNG with the colours and texts of the original and the alpha of the mask."""
    from PIL.PngImagePlugin import PngInfo

    picture = _open(original, max_pixels)
    texts = PngInfo()
    for name, text in getattr(picture, "text", {}).items():
        texts.add_text(name, text)
    result = picture.convert("RGBA")
    alpha = _open(mask, max_pixels).convert("RGBA").getchannel("A")
    if alpha.size != result.size:
        raise NoPicture(
            f"The mask is {alpha.size[0]} x {alpha.size[1]} pixels, its picture {result.width} x {result.height}."
        )
    result.putalpha(alpha)
    return _encoded(result, "PNG", pnginfo=texts)


def cover(source: Path | bytes, max_pixels: int) -> bytes:
    """A WebP of a model's picture."""
    image = _decoded(io.BytesIO(source), max_pixels) if isinstance(source, bytes) else _open(source, max_pixels)
    image.thumbnail((COVER_SIZE, COVER_SIZE))
    return _encoded(image.convert("RGBA" if "A" in image.getbands() else "RGB"), "WEBP")
