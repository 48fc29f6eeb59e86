"""CLIP vision: pictures as prompts see them."""

from __future__ import annotations

from typing import Annotated, Literal

from graphcore import ClipVision, ClipVisionOutput, Conditioning, Image, ModelFile, Range, Run, StyleModel
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


@pack.node(id="unCLIPConditioning", title="unCLIPConditioning", category="conditioning")
def unclip_conditioning(
    conditioning: Conditioning,
    clip_vision_output: ClipVisionOutput,
    strength: Annotated[float, Range(-10.0, 10.0, step=0.01)] = 1.0,
    noise_augmentation: Annotated[float, Range(0.0, 1.0, step=0.01)] = 0.0,
) -> Conditioning:
    """Let a picture prompt an unCLIP model; noise makes it vaguer. Several can be chained."""
    from nodes.guidance.conditioning import set_values

    if strength == 0:
        return conditioning
    prompt = {
        "clip_vision_output": clip_vision_output,
        "strength": strength,
        "noise_augmentation": noise_augmentation,
    }
    return set_values(conditioning, {"unclip_conditioning": [prompt]}, append=True)


@pack.node(id="StyleModelLoader", title="Load Style Model", category="loaders", lane="io")
def load_style_model(style_model_name: Annotated[str, ModelFile("style_models")], *, run: Run) -> StyleModel:
    """A model that turns a picture into words of a prompt: T2I's style adapter, or Redux."""
    from nodes.models.style_model import load_style_model

    return load_style_model(run.folders.find("style_models", style_model_name))


@pack.node(id="StyleModelApply", title="Apply Style Model", category="conditioning/style_model")
def apply_style_model(
    conditioning: Conditioning,
    style_model: StyleModel,
    clip_vision_output: ClipVisionOutput,
    strength: Annotated[float, Range(0.0, 10.0, step=0.001)] = 1.0,
    *,
    strength_type: Literal["multiply", "attn_bias"],
) -> Conditioning:
    """Add what a picture looks like to a prompt, as further words."""
    from nodes.models.style_model import with_style

    return with_style(conditioning, style_model.words(clip_vision_output), strength, strength_type)
