"""What single model families want told beside the text: guidance, reference pictures, frame rates, empty latents."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from graphcore import Conditioning, Image, Latent, Range
from nodes.builtin.pack import pack

Seconds = Annotated[float, Range(0.0, 1000.0, step=0.1)]


class Pair(NamedTuple):
    """What is wanted and what is not."""

    positive: Conditioning
    negative: Conditioning


class PairAndLatent(NamedTuple):
    """What is wanted, what is not, and a latent to sample from."""

    positive: Conditioning
    negative: Conditioning
    latent: Latent


class LotusPrompt(NamedTuple):
    """The conditioning of the Lotus models."""

    conditioning: Conditioning


@pack.node(id="FluxGuidance", title="FluxGuidance", category="advanced/conditioning/flux")
def flux_guidance(
    conditioning: Conditioning, guidance: Annotated[float, Range(0.0, 100.0, step=0.1)] = 3.5
) -> Conditioning:
    """How closely FLUX dev follows the text."""
    from nodes.guidance.conditioning import set_values

    return set_values(conditioning, {"guidance": guidance})


@pack.node(id="FluxDisableGuidance", title="FluxDisableGuidance", category="advanced/conditioning/flux")
def flux_disable_guidance(conditioning: Conditioning) -> Conditioning:
    """Run a FLUX-like model without its built-in guidance."""
    from nodes.guidance.conditioning import set_values

    return set_values(conditioning, {"guidance": None})


@pack.node(
    id="FluxKontextMultiReferenceLatentMethod",
    title="FluxKontextMultiReferenceLatentMethod",
    category="advanced/conditioning/flux",
    experimental=True,
)
def flux_kontext_multi_reference_latent_method(
    conditioning: Conditioning, reference_latents_method: Literal["offset", "index", "uxo/uno"]
) -> Conditioning:
    """How several reference pictures are told apart."""
    from nodes.guidance.conditioning import set_values

    short = (
        "uxo" if "uxo" in reference_latents_method or "uso" in reference_latents_method else reference_latents_method
    )
    return set_values(conditioning, {"reference_latents_method": short})


@pack.node(id="ReferenceLatent", title="ReferenceLatent", category="advanced/conditioning/edit_models")
def reference_latent(conditioning: Conditioning, latent: Latent | None = None) -> Conditioning:
    """Give an editing model a picture to work from; chain several for more."""
    from nodes.guidance.conditioning import set_values

    if latent is None:
        return conditioning
    return set_values(conditioning, {"reference_latents": [latent["samples"]]}, append=True)


@pack.node(id="LTXVConditioning", title="LTXVConditioning", category="conditioning/video_models")
def ltxv_conditioning(
    positive: Conditioning,
    negative: Conditioning,
    frame_rate: Annotated[float, Range(0.0, 1000.0, step=0.01)] = 25.0,
) -> Pair:
    """Tell LTX-Video the frame rate."""
    from nodes.guidance.conditioning import set_values

    values = {"frame_rate": frame_rate}
    return Pair(set_values(positive, values), set_values(negative, values))


@pack.node(id="ConditioningStableAudio", title="ConditioningStableAudio", category="conditioning")
def conditioning_stable_audio(
    positive: Conditioning, negative: Conditioning, seconds_start: Seconds = 0.0, seconds_total: Seconds = 47.0
) -> Pair:
    """Tell Stable Audio how long the piece is and where in it the sound starts."""
    from nodes.guidance.conditioning import set_values

    values = {"seconds_start": seconds_start, "seconds_total": seconds_total}
    return Pair(set_values(positive, values), set_values(negative, values))


@pack.node(id="HunyuanRefinerLatent", title="HunyuanRefinerLatent", category="sd")
def hunyuan_refiner_latent(
    positive: Conditioning,
    negative: Conditioning,
    latent: Latent,
    noise_augmentation: Annotated[float, Range(0.0, 1.0, step=0.01)] = 0.1,
) -> PairAndLatent:
    """Hand a latent to HunyuanImage's refiner."""
    from nodes.guidance.conditioning import set_values
    from nodes.imaging.latents import refiner_latent

    values = {"concat_latent_image": latent["samples"], "noise_augmentation": noise_augmentation}
    return PairAndLatent(set_values(positive, values), set_values(negative, values), refiner_latent(latent))


@pack.node(id="SD_4XUpscale_Conditioning", title="SD_4XUpscale_Conditioning", category="conditioning/upscale_diffusion")
def sd_4x_upscale_conditioning(
    images: Image,
    positive: Conditioning,
    negative: Conditioning,
    scale_ratio: Annotated[float, Range(0.0, 10.0, step=0.01)] = 4.0,
    noise_augmentation: Annotated[float, Range(0.0, 1.0, step=0.001)] = 0.0,
) -> PairAndLatent:
    """Hand a picture to SD's x4 upscaling model."""
    from nodes.guidance.conditioning import set_values
    from nodes.imaging.latents import upscaler_inputs

    pixels, latent = upscaler_inputs(images, scale_ratio)
    values = {"concat_image": pixels, "noise_augmentation": noise_augmentation}
    return PairAndLatent(set_values(positive, values), set_values(negative, values), latent)


@pack.node(
    id="StableCascade_StageB_Conditioning",
    title="Stable Cascade Stage B Conditioning",
    category="conditioning/stable_cascade",
)
def stable_cascade_stage_b_conditioning(conditioning: Conditioning, stage_c: Latent) -> Conditioning:
    """Hand the result of Stable Cascade's stage C to stage B."""
    from nodes.guidance.conditioning import set_values

    return set_values(conditioning, {"stable_cascade_prior": stage_c["samples"]})


@pack.node(id="LotusConditioning", title="Lotus Conditioning", category="conditioning/lotus")
def lotus_conditioning() -> LotusPrompt:
    """The one prompt that the Lotus models for depth and normals take."""
    from nodes.imaging.latents import lotus_prompt

    return LotusPrompt([[lotus_prompt(), {}]])
