"""Texts encoded into conditioning, for each family's way of taking them."""

from __future__ import annotations

from typing import Annotated, Literal

from graphcore import Clip, Conditioning, Folders, Range, Run, Text
from nodes.builtin.pack import pack
from nodes.text.embedding_state import embedding_state

Prompt = Annotated[str, Text(multiline=True, dynamic=True)]
Size = Annotated[int, Range(0, 16384)]


def _embeddings(text: str | None, folders: Folders) -> object:
    return embedding_state(folders, text)


def _embeddings_of_two(text_g: str | None, text_l: str | None, folders: Folders) -> object:
    return embedding_state(folders, text_g, text_l)


def _embeddings_of_three(clip_l: str | None, clip_g: str | None, t5xxl: str | None, folders: Folders) -> object:
    return embedding_state(folders, clip_l, clip_g, t5xxl)


def _noted(run: Run, clip: Clip, *texts: str) -> None:
    """Tell the user of texts that this text encoder will not understand."""
    from nodes.text.language import note

    if said := note(clip, *texts):
        run.show(text=[said])


@pack.node(id="CLIPTextEncode", title="CLIP Text Encode (Prompt)", category="conditioning", fingerprint=_embeddings)
def clip_text_encode(text: Prompt, clip: Clip, *, run: Run) -> Conditioning:
    """Encode a text. (words:1.2) weighs words, embedding:name inserts a trained one."""
    from nodes.guidance.hooks import encode_text

    encoded = encode_text(clip, text)
    _noted(run, clip, text)
    return encoded


@pack.node(
    id="CLIPTextEncodeSDXL",
    title="CLIPTextEncodeSDXL",
    category="advanced/conditioning",
    fingerprint=_embeddings_of_two,
)
def clip_text_encode_sdxl(
    *,
    clip: Clip,
    width: Size = 1024,
    height: Size = 1024,
    crop_w: Size = 0,
    crop_h: Size = 0,
    target_width: Size = 1024,
    target_height: Size = 1024,
    text_g: Prompt,
    text_l: Prompt,
    run: Run,
) -> Conditioning:
    """Encode a text for each of SDXL's encoders, and tell it the picture's size, crop and target size."""
    from nodes.guidance.hooks import encode_text

    sizes = {"width": width, "height": height, "crop_w": crop_w, "crop_h": crop_h}
    tokens = clip.tokenize_each({"g": text_g, "l": text_l})
    _noted(run, clip, text_g, text_l)
    return encode_text(clip, tokens, **sizes, target_width=target_width, target_height=target_height)


@pack.node(
    id="CLIPTextEncodeSDXLRefiner",
    title="CLIPTextEncodeSDXLRefiner",
    category="advanced/conditioning",
    fingerprint=_embeddings,
)
def clip_text_encode_sdxl_refiner(
    *,
    ascore: Annotated[float, Range(0.0, 1000.0, step=0.01)] = 6.0,
    width: Size = 1024,
    height: Size = 1024,
    text: Prompt,
    clip: Clip,
    run: Run,
) -> Conditioning:
    """Encode a text for SDXL's refiner, and tell it the size and an aesthetic score."""
    from nodes.guidance.hooks import encode_text

    encoded = encode_text(clip, text, aesthetic_score=ascore, width=width, height=height)
    _noted(run, clip, text)
    return encoded


@pack.node(
    id="CLIPTextEncodeSD3",
    title="CLIPTextEncodeSD3",
    category="advanced/conditioning",
    fingerprint=_embeddings_of_three,
)
def clip_text_encode_sd3(
    clip: Clip, clip_l: Prompt, clip_g: Prompt, t5xxl: Prompt, empty_padding: Literal["none", "empty_prompt"]
) -> Conditioning:
    """Encode a text for each of SD3's encoders; with empty_padding "none", an empty text leaves its encoder out."""
    from nodes.guidance.hooks import encode_text

    texts = {"l": clip_l, "g": clip_g, "t5xxl": t5xxl}
    own = {name: text for name, text in texts.items() if name in clip.family.encoders}
    return encode_text(clip, clip.tokenize_each(own, drop_empty=empty_padding == "none"))


@pack.node(
    id="CLIPTextEncodeControlnet",
    title="CLIPTextEncodeControlnet",
    category="_for_testing/conditioning",
    fingerprint=_embeddings,
    experimental=True,
)
def clip_text_encode_controlnet(clip: Clip, conditioning: Conditioning, text: Prompt) -> Conditioning:
    """Give the ControlNets of a conditioning a text of their own."""
    from nodes.guidance.conditioning import set_values

    cond, pooled = clip.encode(text)
    return set_values(conditioning, {"cross_attn_controlnet": cond, "pooled_output_controlnet": pooled})


@pack.node(id="CLIPSetLastLayer", title="CLIP Set Last Layer", category="conditioning")
def clip_set_last_layer(clip: Clip, stop_at_clip_layer: Annotated[int, Range(-24, -1, step=1)] = -1) -> Clip:
    """Stop the text encoder early ("clip skip"): -1 uses its last layer, -2 the one before."""
    return clip.with_layer(stop_at_clip_layer)
