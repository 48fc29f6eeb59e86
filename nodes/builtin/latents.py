"""Latents: empty ones, resizing, cutting, pasting, arithmetic, batches."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from graphcore import Latent, LatentOperation, Many, Mask, Range
from nodes.builtin.pack import pack

Batch = Annotated[int, Range(1, 4096)]
Pixels8 = Annotated[int, Range(16, 16384, step=8)]
Pixels16 = Annotated[int, Range(16, 16384, step=16)]
Place = Annotated[int, Range(0, 16384, step=8)]
Extent = Annotated[int, Range(0, 16384, step=8)]
CropSize = Annotated[int, Range(64, 16384, step=8)]
Methods = Literal["nearest-exact", "bilinear", "area", "bicubic", "bislerp"]


class CascadeLatents(NamedTuple):
    """The latents of Stable Cascade's two stages."""

    stage_c: Latent
    stage_b: Latent


@pack.node(id="EmptyLatentImage", title="Empty Latent Image", category="latent")
def empty_latent_image(width: Pixels8 = 512, height: Pixels8 = 512, batch_size: Batch = 1) -> Latent:
    """A blank latent to sample from, for SD1, SD2 and SDXL."""
    from nodes.imaging.latents import empty_latent

    return empty_latent(batch_size, 4, height // 8, width // 8)


@pack.node(id="EmptySD3LatentImage", title="Empty SD3 Latent Image", category="latent/sd3")
def empty_sd3_latent_image(width: Pixels16 = 1024, height: Pixels16 = 1024, batch_size: Batch = 1) -> Latent:
    """A blank latent of 16 channels, for SD3, FLUX and their relatives."""
    from nodes.imaging.latents import empty_latent

    return empty_latent(batch_size, 16, height // 8, width // 8)


@pack.node(id="EmptyHunyuanImageLatent", title="EmptyHunyuanImageLatent", category="latent")
def empty_hunyuan_image_latent(
    width: Annotated[int, Range(64, 16384, step=32)] = 2048,
    height: Annotated[int, Range(64, 16384, step=32)] = 2048,
    batch_size: Batch = 1,
) -> Latent:
    """A blank latent for HunyuanImage 2.1."""
    from nodes.imaging.latents import empty_latent

    return empty_latent(batch_size, 64, height // 32, width // 32)


@pack.node(
    id="EmptyChromaRadianceLatentImage", title="Empty Chroma Radiance Latent Image", category="latent/chroma_radiance"
)
def empty_chroma_radiance_latent_image(
    width: Pixels16 = 1024, height: Pixels16 = 1024, batch_size: Batch = 1
) -> Latent:
    """A blank canvas for Chroma Radiance, which samples pixels."""
    from nodes.imaging.latents import empty_latent

    return empty_latent(batch_size, 3, height, width)


@pack.node(
    id="StableCascade_EmptyLatentImage", title="Stable Cascade Empty Latent Image", category="latent/stable_cascade"
)
def stable_cascade_empty_latent_image(
    width: Annotated[int, Range(256, 16384, step=8)] = 1024,
    height: Annotated[int, Range(256, 16384, step=8)] = 1024,
    compression: Annotated[int, Range(4, 128, step=1)] = 42,
    batch_size: Batch = 1,
) -> CascadeLatents:
    """Blank latents for both stages of Stable Cascade."""
    from nodes.imaging.latents import empty_latent

    return CascadeLatents(
        empty_latent(batch_size, 16, height // compression, width // compression),
        empty_latent(batch_size, 4, height // 4, width // 4),
    )


@pack.node(id="EmptyHunyuanLatentVideo", title="EmptyHunyuanLatentVideo", category="latent/video")
def empty_hunyuan_latent_video(
    width: Pixels16 = 848,
    height: Pixels16 = 480,
    length: Annotated[int, Range(1, 16384, step=4)] = 25,
    batch_size: Batch = 1,
) -> Latent:
    """A blank latent for HunyuanVideo and Wan: 4 frames to a step, 8 pixels to a cell."""
    from nodes.imaging.latents import empty_video_latent

    return empty_video_latent(16, 8, 4, width, height, length, batch_size)


@pack.node(id="EmptyLTXVLatentVideo", title="Empty LTXV Latent Video", category="latent/video/ltxv")
def empty_ltxv_latent_video(
    width: Annotated[int, Range(64, 16384, step=32)] = 768,
    height: Annotated[int, Range(64, 16384, step=32)] = 512,
    length: Annotated[int, Range(1, 16384, step=8)] = 97,
    batch_size: Batch = 1,
) -> Latent:
    """A blank latent for LTX-Video: 8 frames to a step, 32 pixels to a cell."""
    from nodes.imaging.latents import empty_video_latent

    return empty_video_latent(128, 32, 8, width, height, length, batch_size)


@pack.node(id="EmptyMochiLatentVideo", title="Empty Mochi Latent Video", category="latent/video")
def empty_mochi_latent_video(
    width: Pixels16 = 848,
    height: Pixels16 = 480,
    length: Annotated[int, Range(7, 16384, step=6)] = 25,
    batch_size: Batch = 1,
) -> Latent:
    """A blank latent for Mochi: 6 frames to a step, 8 pixels to a cell."""
    from nodes.imaging.latents import empty_video_latent

    return empty_video_latent(12, 8, 6, width, height, length, batch_size)


@pack.node(id="EmptyCosmosLatentVideo", title="Empty Cosmos Latent Video", category="latent/video")
def empty_cosmos_latent_video(
    width: Pixels16 = 1280,
    height: Pixels16 = 704,
    length: Annotated[int, Range(1, 16384, step=8)] = 121,
    batch_size: Batch = 1,
) -> Latent:
    """A blank latent for Cosmos: 8 frames to a step, 8 pixels to a cell."""
    from nodes.imaging.latents import empty_video_latent

    return empty_video_latent(16, 8, 8, width, height, length, batch_size)


@pack.node(id="EmptyAceStepLatentAudio", title="Empty ACE-Step Latent Audio", category="latent/audio")
def empty_ace_step_latent_audio(
    seconds: Annotated[float, Range(1.0, 1000.0, step=0.1)] = 120.0, batch_size: Batch = 1
) -> Latent:
    """A blank latent for ACE-Step: 512·8 samples at 44.1 kHz to a step."""
    from nodes.imaging.latents import empty_latent

    return {**empty_latent(batch_size, 8, 16, int(seconds * 44100 / 512 / 8)), "type": "audio"}


@pack.node(id="EmptyLatentAudio", title="Empty Latent Audio", category="latent/audio")
def empty_latent_audio(seconds: Annotated[float, Range(1.0, 1000.0, step=0.1)] = 47.6, batch_size: Batch = 1) -> Latent:
    """A blank latent for Stable Audio: 2048 samples at 44.1 kHz to a step."""
    from nodes.imaging.latents import empty_audio_latent

    return empty_audio_latent(seconds, batch_size)


@pack.node(id="EmptyLatentHunyuan3Dv2", title="EmptyLatentHunyuan3Dv2", category="latent/3d")
def empty_latent_hunyuan_3d_v2(resolution: Annotated[int, Range(1, 8192)] = 3072, batch_size: Batch = 1) -> Latent:
    """A blank latent for Hunyuan3D 2: a set of 64-channel tokens, without a picture's rows and columns."""
    from nodes.imaging.latents import empty_latent

    return {**empty_latent(batch_size, 64, resolution), "type": "hunyuan3dv2"}


@pack.node(id="TrimVideoLatent", title="Trim Video Latent", category="latent/video")
def trim_video_latent(samples: Latent, trim_amount: Annotated[int, Range(0, 99999)] = 0) -> Latent:
    """Leave out the first steps of a video latent."""
    from nodes.imaging.latents import trim_latent

    return trim_latent(samples, trim_amount)


@pack.node(id="LatentUpscale", title="Upscale Latent", category="latent")
def latent_upscale(
    samples: Latent,
    upscale_method: Methods,
    width: Extent = 512,
    height: Extent = 512,
    crop: Literal["disabled", "center"] = "disabled",
) -> Latent:
    """Resize a latent to a width and height in pixels; 0 keeps the aspect ratio."""
    from nodes.imaging.latents import upscale_latent

    return upscale_latent(samples, width, height, upscale_method, crop)


@pack.node(id="LatentUpscaleBy", title="Upscale Latent By", category="latent")
def latent_upscale_by(
    samples: Latent, upscale_method: Methods, scale_by: Annotated[float, Range(0.01, 8.0, step=0.01)] = 1.5
) -> Latent:
    """Resize a latent by a factor."""
    from nodes.imaging.latents import upscale_latent_by

    return upscale_latent_by(samples, scale_by, upscale_method)


@pack.node(id="LatentRotate", title="Rotate Latent", category="latent/transform")
def latent_rotate(samples: Latent, rotation: Literal["none", "90 degrees", "180 degrees", "270 degrees"]) -> Latent:
    """Turn a latent clockwise."""
    from nodes.imaging.latents import rotate_latent

    return rotate_latent(samples, rotation)


@pack.node(id="LatentFlip", title="Flip Latent", category="latent/transform")
def latent_flip(samples: Latent, flip_method: Literal["x-axis: vertically", "y-axis: horizontally"]) -> Latent:
    """Turn a latent upside down, or mirror it."""
    from nodes.imaging.latents import flip_latent

    return flip_latent(samples, flip_method)


@pack.node(id="LatentCrop", title="Crop Latent", category="latent/transform")
def latent_crop(samples: Latent, width: CropSize = 512, height: CropSize = 512, x: Place = 0, y: Place = 0) -> Latent:
    """Cut a part out of a latent; sizes are in pixels."""
    from nodes.imaging.latents import crop_latent

    return crop_latent(samples, width, height, x, y)


@pack.node(id="LatentComposite", title="Latent Composite", category="latent")
def latent_composite(
    samples_to: Latent, samples_from: Latent, x: Place = 0, y: Place = 0, feather: Place = 0
) -> Latent:
    """Paste one latent into another, with feathered borders; places are in pixels."""
    from nodes.imaging.latents import paste_latent

    return paste_latent(samples_to, samples_from, x, y, feather)


@pack.node(id="LatentCompositeMasked", title="LatentCompositeMasked", category="latent")
def latent_composite_masked(
    destination: Latent,
    source: Latent,
    x: Place = 0,
    y: Place = 0,
    resize_source: bool = False,
    mask: Mask | None = None,
) -> Latent:
    """Paste one latent into another where the mask is 1; places are in pixels."""
    from nodes.imaging.composite import composite_latents

    return composite_latents(destination, source, x, y, resize_source, mask)


@pack.node(id="LatentBlend", title="Latent Blend", category="_for_testing")
def latent_blend(
    samples1: Latent, samples2: Latent, blend_factor: Annotated[float, Range(0, 1, step=0.01)] = 0.5
) -> Latent:
    """Mix two latents; the factor is the share of the first."""
    from nodes.imaging.latent_maths import blend_latents

    return blend_latents(samples1, samples2, blend_factor)


@pack.node(id="LatentAdd", title="Latent Add", category="latent/advanced")
def latent_add(samples1: Latent, samples2: Latent) -> Latent:
    """Add two latents."""
    from nodes.imaging.latent_maths import add_latents

    return add_latents(samples1, samples2)


@pack.node(id="LatentSubtract", title="Latent Subtract", category="latent/advanced")
def latent_subtract(samples1: Latent, samples2: Latent) -> Latent:
    """Subtract the second latent from the first."""
    from nodes.imaging.latent_maths import subtract_latents

    return subtract_latents(samples1, samples2)


@pack.node(id="LatentMultiply", title="Latent Multiply", category="latent/advanced")
def latent_multiply(samples: Latent, multiplier: Annotated[float, Range(-10.0, 10.0, step=0.01)] = 1.0) -> Latent:
    """Multiply a latent by a number."""
    from nodes.imaging.latent_maths import multiply_latent

    return multiply_latent(samples, multiplier)


@pack.node(id="LatentInterpolate", title="Latent Interpolate", category="latent/advanced")
def latent_interpolate(
    samples1: Latent, samples2: Latent, ratio: Annotated[float, Range(0.0, 1.0, step=0.01)] = 1.0
) -> Latent:
    """Mix directions and lengths of two latents apart; the ratio is the share of the first."""
    from nodes.imaging.latent_maths import interpolate_latents

    return interpolate_latents(samples1, samples2, ratio)


@pack.node(id="LatentConcat", title="Latent Concat", category="latent/advanced")
def latent_concat(samples1: Latent, samples2: Latent, dim: Literal["x", "-x", "y", "-y", "t", "-t"]) -> Latent:
    """Put two latents side by side; '-' puts the second first."""
    from nodes.imaging.latent_maths import concat_latents

    return concat_latents(samples1, samples2, dim)


@pack.node(id="LatentCut", title="Latent Cut", category="latent/advanced")
def latent_cut(
    samples: Latent,
    dim: Literal["x", "y", "t"],
    index: Annotated[int, Range(-16384, 16384, step=1)] = 0,
    amount: Annotated[int, Range(1, 16384, step=1)] = 1,
) -> Latent:
    """Take a slice of a latent, counted in latent cells; a negative index counts from the end."""
    from nodes.imaging.latent_maths import cut_latent

    return cut_latent(samples, dim, index, amount)


@pack.node(id="LatentBatchSeedBehavior", title="Latent Batch Seed Behavior", category="latent/advanced")
def latent_batch_seed_behavior(samples: Latent, seed_behavior: Literal["random", "fixed"] = "fixed") -> Latent:
    """Whether the items of a batch draw noise of their own or all the same."""
    from nodes.imaging import latent_batch as batches

    return batches.seed_behavior(samples, seed_behavior)


@pack.node(id="LatentBatch", title="Latent Batch", category="latent/batch")
def latent_batch(samples1: Latent, samples2: Latent) -> Latent:
    """Join two batches of latents."""
    from nodes.imaging.latent_batch import join_latents

    return join_latents(samples1, samples2)


@pack.node(id="LatentFromBatch", title="Latent From Batch", category="latent/batch")
def latent_from_batch(
    samples: Latent, batch_index: Annotated[int, Range(0, 63)] = 0, length: Annotated[int, Range(1, 64)] = 1
) -> Latent:
    """Take some latents of a batch, with the noise and the mask they had in it."""
    from nodes.imaging import latent_batch as batches

    return batches.latent_from_batch(samples, batch_index, length)


@pack.node(id="RepeatLatentBatch", title="Repeat Latent Batch", category="latent/batch")
def repeat_latent_batch(samples: Latent, amount: Annotated[int, Range(1, 64)] = 1) -> Latent:
    """Repeat a batch of latents; repetitions draw other noise."""
    from nodes.imaging.latent_batch import repeat_latent

    return repeat_latent(samples, amount)


@pack.node(id="RebatchLatents", title="Rebatch Latents", category="latent/batch")
def rebatch_latents(latents: Many[Latent], batch_size: Batch = 1) -> Many[Latent]:
    """Regroup latents into batches of another size."""
    from nodes.imaging import latent_batch as batches

    return batches.rebatch_latents(latents, batch_size)


@pack.node(id="SetLatentNoiseMask", title="Set Latent Noise Mask", category="latent/inpaint")
def set_latent_noise_mask(samples: Latent, mask: Mask) -> Latent:
    """Sample only where the mask is 1."""
    from nodes.imaging.latent_batch import set_noise_mask

    return set_noise_mask(samples, mask)


@pack.node(
    id="LatentApplyOperation", title="Latent Apply Operation", category="latent/advanced/operations", experimental=True
)
def latent_apply_operation(samples: Latent, operation: LatentOperation) -> Latent:
    """Apply an operation to a latent."""
    from nodes.imaging.latent_maths import apply_operation

    return apply_operation(samples, operation)


@pack.node(
    id="LatentOperationTonemapReinhard",
    title="Latent Operation Tonemap Reinhard",
    category="latent/advanced/operations",
    experimental=True,
)
def latent_operation_tonemap_reinhard(
    multiplier: Annotated[float, Range(0.0, 100.0, step=0.01)] = 1.0,
) -> LatentOperation:
    """An operation that compresses what is far above the average, against burnt-out pictures at high guidance."""
    from nodes.imaging.latent_maths import tonemap_operation

    return tonemap_operation(multiplier)


@pack.node(
    id="LatentOperationSharpen",
    title="Latent Operation Sharpen",
    category="latent/advanced/operations",
    experimental=True,
)
def latent_operation_sharpen(
    sharpen_radius: Annotated[int, Range(1, 31, step=1)] = 9,
    sigma: Annotated[float, Range(0.1, 10.0, step=0.1)] = 1.0,
    alpha: Annotated[float, Range(0.0, 5.0, step=0.01)] = 0.1,
) -> LatentOperation:
    """An operation that sharpens a latent."""
    from nodes.imaging.latent_maths import sharpen_operation

    return sharpen_operation(sharpen_radius, sigma, alpha)
