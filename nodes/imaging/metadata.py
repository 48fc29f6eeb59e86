"""What a saved file carries of its making: the prompt and the workflow, where the field looks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image, PngImagePlugin

from graphcore.workflow.embed import texts_to_embed

EXIF_PROMPT = 0x0110  # "Model"; further keys count down from "Make"
EXIF_FIRST = 0x010F


def texts(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Key -> JSON, with the prompt first."""
    extra = {key: value for key, value in metadata.items() if key != "prompt"}
    return texts_to_embed(metadata.get("prompt"), extra)


def png_info(metadata: Mapping[str, Any]) -> PngImagePlugin.PngInfo | None:
    """Text chunks for a PNG, one per key; None if there is nothing to say."""
    info = PngImagePlugin.PngInfo()
    for key, text in texts(metadata).items():
        info.add_text(key, text)
    return info if metadata else None


def apng_info(metadata: Mapping[str, Any]) -> PngImagePlugin.PngInfo | None:
    """Private `comf` chunks behind the pixels, which is where an animated PNG keeps them."""
    info = PngImagePlugin.PngInfo()
    for key, text in texts(metadata).items():
        info.add(b"comf", key.encode("latin-1", "strict") + b"\0" + text.encode("latin-1", "strict"), after_idat=True)
    return info if metadata else None


def exif(metadata: Mapping[str, Any]) -> Image.Exif:
    """`key:json` texts in EXIF tags, for WebP, JPEG and AVIF."""
    tags = Image.Exif()
    further = EXIF_FIRST
    for key, text in texts(metadata).items():
        if key == "prompt":
            tags[EXIF_PROMPT] = f"prompt:{text}"
        else:
            tags[further] = f"{key}:{text}"
            further -= 1
    return tags
