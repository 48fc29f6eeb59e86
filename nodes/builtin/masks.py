"""Masks and alpha channels."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from graphcore import Image, Mask, Range
from nodes.builtin.pack import pack

Side = Annotated[int, Range(0, 16384, step=1)]
Pixels = Annotated[int, Range(1, 16384, step=1)]
Share = Annotated[float, Range(0.0, 1.0, step=0.01)]
PorterDuff = Literal[
    "ADD", "CLEAR", "DARKEN", "DST", "DST_ATOP", "DST_IN", "DST_OUT", "DST_OVER", "LIGHTEN", "MULTIPLY", "OVERLAY",
    "SCREEN", "SRC", "SRC_ATOP", "SRC_IN", "SRC_OUT", "SRC_OVER", "XOR",
]  # fmt: skip


class ImageAndMask(NamedTuple):
    """A picture and what of it is transparent."""

    IMAGE: Image
    MASK: Mask


@pack.node(id="SolidMask", title="SolidMask", category="mask")
def solid_mask(value: Share = 1.0, width: Pixels = 512, height: Pixels = 512) -> Mask:
    """A mask of one value."""
    from nodes.imaging import masks

    return masks.solid_mask(value, width, height)


@pack.node(id="InvertMask", title="InvertMask", category="mask")
def invert_mask(mask: Mask) -> Mask:
    """Select what was not selected."""
    return 1.0 - mask


@pack.node(id="CropMask", title="CropMask", category="mask")
def crop_mask(mask: Mask, x: Side = 0, y: Side = 0, width: Pixels = 512, height: Pixels = 512) -> Mask:
    """Cut a part out of a mask."""
    from nodes.imaging import masks

    return masks.crop_mask(mask, x, y, width, height)


@pack.node(id="GrowMask", title="GrowMask", category="mask")
def grow_mask(
    mask: Mask, expand: Annotated[int, Range(-16384, 16384, step=1)] = 0, tapered_corners: bool = True
) -> Mask:
    """Grow a mask by some pixels; a negative number shrinks it."""
    from nodes.imaging import masks

    return masks.grow_mask(mask, expand, tapered_corners)


@pack.node(id="FeatherMask", title="FeatherMask", category="mask")
def feather_mask(mask: Mask, left: Side = 0, top: Side = 0, right: Side = 0, bottom: Side = 0) -> Mask:
    """Fade a mask out towards its borders."""
    from nodes.imaging import masks

    return masks.feather_mask(mask, left, top, right, bottom)


@pack.node(id="ThresholdMask", title="ThresholdMask", category="mask")
def threshold_mask(mask: Mask, value: Share = 0.5) -> Mask:
    """1 where the mask is above a value, 0 elsewhere."""
    from nodes.imaging import masks

    return masks.threshold_mask(mask, value)


@pack.node(id="MaskComposite", title="MaskComposite", category="mask")
def mask_composite(
    destination: Mask,
    source: Mask,
    x: Side = 0,
    y: Side = 0,
    operation: Literal["multiply", "add", "subtract", "and", "or", "xor"] = "multiply",
) -> Mask:
    """Combine one mask into another at a place."""
    from nodes.imaging.masks import combine_masks

    return combine_masks(destination, source, x, y, operation)


@pack.node(id="MaskToImage", title="Convert Mask to Image", category="mask")
def mask_to_image(mask: Mask) -> Image:
    """A mask as a grey picture."""
    from nodes.imaging import masks

    return masks.mask_to_image(mask)


@pack.node(id="ImageToMask", title="Convert Image to Mask", category="mask")
def image_to_mask(image: Image, channel: Literal["red", "green", "blue", "alpha"]) -> Mask:
    """One channel of a picture as a mask."""
    from nodes.imaging.colour import channel_mask

    return channel_mask(image, channel)


@pack.node(id="ImageColorToMask", title="ImageColorToMask", category="mask")
def image_color_to_mask(image: Image, color: Annotated[int, Range(0, 0xFFFFFF, step=1, display="color")] = 0) -> Mask:
    """Select the pixels of exactly one colour."""
    from nodes.imaging.colour import color_to_mask

    return color_to_mask(image, color)


@pack.node(id="SplitImageWithAlpha", title="Split Image with Alpha", category="mask/compositing")
def split_image_with_alpha(image: Image) -> ImageAndMask:
    """Part a picture from its alpha channel; the mask is what is transparent."""
    from nodes.imaging.composite import split_alpha

    return ImageAndMask(*split_alpha(image))


@pack.node(id="JoinImageWithAlpha", title="Join Image with Alpha", category="mask/compositing")
def join_image_with_alpha(image: Image, alpha: Mask) -> Image:
    """Give a picture an alpha channel; the mask is what becomes transparent."""
    from nodes.imaging.composite import join_alpha

    return join_alpha(image, alpha)


@pack.node(id="PorterDuffImageComposite", title="Porter-Duff Image Composite", category="mask/compositing")
def porter_duff_image_composite(
    source: Image, source_alpha: Mask, destination: Image, destination_alpha: Mask, mode: PorterDuff = "DST"
) -> ImageAndMask:
    """Combine two pictures and their masks of transparency, as drawing programs do."""
    from nodes.imaging.porter_duff import porter_duff

    return ImageAndMask(*porter_duff(source, source_alpha, destination, destination_alpha, mode))
