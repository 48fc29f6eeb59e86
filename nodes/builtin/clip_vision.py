"""CLIP vision: pictures as prompts see them."""

from __future__ import annotations

from typing import Annotated, Literal

from graphcore import ClipVision, ClipVisionOutput, Image, ModelFile, Run
from nodes.builtin.pack import pack


@pack.node(id="CLIPVisionLoader", title="Load CLIP Vision", category="loaders", lane="io")
def load_clip_vision(clip_name: Annotated[str, ModelFile("clip_vision")], *, run: Run) -> ClipVision:
    """CLIP's encoder for pictures, for what lets pictures take part in prompts."""
    from nodes.models.clip_vision import load_clip_vision

    return load_clip_vision(run.folders.find("clip_vision", clip_name))


@pack.node(id="CLIPVisionEncode", title="CLIP Vision Encode", category="conditioning")
def encode_clip_vision(clip_vision: ClipVision, image: Image, crop: Literal["center", "none"]) -> ClipVisionOutput:
    """Encode a picture: its middle square, or all of it squeezed to one."""
    return clip_vision.encode_image(image, crop == "center")
