"""Previews: a Pillow image as the bytes that clients show. Pillow is not imported here: who shows one did."""

from __future__ import annotations

import io
from typing import Any

QUALITY = 95


def is_result(shown: Any) -> bool:
    """Whether a picture is shown in its own size: clients take such a one for a result, so none may be left out."""
    return isinstance(shown, tuple | list) and shown[2] is None


def encode(shown: Any, size: int) -> tuple[str, bytes]:
    """(MIME type, bytes) of what a node shows: a picture, as a JPEG that fits into `size` x `size` pixels, proportions
    kept; or (format "JPEG" or "PNG", picture, longest side or None for its own size).
    """
    format, image, most = shown if isinstance(shown, tuple | list) else ("JPEG", shown, size)
    if most is not None and max(image.size) > most:
        image = image.copy()
        image.thumbnail((most, most), 2)  # 2: bilinear
    buffer = io.BytesIO()
    if format == "PNG":
        image.save(buffer, "PNG", compress_level=1)
        return "image/png", buffer.getvalue()
    image.convert("RGB").save(buffer, "JPEG", quality=QUALITY)
    return "image/jpeg", buffer.getvalue()
