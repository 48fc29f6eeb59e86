"""Previews: a Pillow image as the bytes that clients show. Pillow is not imported here: who shows one did."""

from __future__ import annotations

import io
from typing import Any

QUALITY = 95


def encode(image: Any, size: int) -> tuple[str, bytes]:
    """(MIME type, bytes): a JPEG that fits into `size` x `size` pixels, proportions kept."""
    if max(image.size) > size:
        image = image.copy()
        image.thumbnail((size, size), 2)  # 2: bilinear
    if image.mode != "RGB":
        image = image.convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return "image/jpeg", buffer.getvalue()
