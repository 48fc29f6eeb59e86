"""Pictures: sizes, batches, filters, colours, canvases."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from graphcore import Image, Many, Mask, Range, Seed
from nodes.builtin.pack import pack

Side = Annotated[int, Range(0, 16384, step=1)]
Pixels = Annotated[int, Range(1, 16384, step=1)]
Padding = Annotated[int, Range(0, 16384, step=8)]
Batch = Annotated[int, Range(1, 4096)]
Methods = Literal["nearest-exact", "bilinear", "area", "bicubic", "lanczos"]


class ImageSize(NamedTuple):
    """The sizes of a batch of pictures."""

    width: int
    height: int
    batch_size: int


class PaddedImage(NamedTuple):
    """A picture on a larger canvas, and what of it is to be painted."""

    IMAGE: Image
    MASK: Mask


class Planes(NamedTuple):
    """Luma and chroma, each as a grey picture."""

    Y: Image
    U: Image
    V: Image


@pack.node(id="EmptyImage", title="EmptyImage", category="image")
def empty_image(
    width: Pixels = 512,
    height: Pixels = 512,
    batch_size: Batch = 1,
    color: Annotated[int, Range(0, 0xFFFFFF, step=1, display="color")] = 0,
) -> Image:
    """Pictures of one colour."""
    from nodes.imaging.colour import solid_image

    return solid_image(width, height, batch_size, color)


@pack.node(id="ImageScale", title="Upscale Image", category="image/upscaling")
def image_scale(
    image: Image,
    upscale_method: Methods,
    width: Side = 512,
    height: Side = 512,
    crop: Literal["disabled", "center"] = "disabled",
) -> Image:
    """Resize a picture to a width and height in pixels; 0 keeps the aspect ratio."""
    from nodes.imaging.scale import scale_image

    return scale_image(image, width, height, upscale_method, crop)


@pack.node(id="ImageScaleBy", title="Upscale Image By", category="image/upscaling")
def image_scale_by(
    image: Image, upscale_method: Methods, scale_by: Annotated[float, Range(0.01, 8.0, step=0.01)] = 1.0
) -> Image:
    """Resize a picture by a factor."""
    from nodes.imaging.scale import scale_image_by

    return scale_image_by(image, scale_by, upscale_method)


@pack.node(id="ImageScaleToTotalPixels", title="Scale Image to Total Pixels", category="image/upscaling")
def image_scale_to_total_pixels(
    image: Image, upscale_method: Methods, megapixels: Annotated[float, Range(0.01, 16.0, step=0.01)] = 1.0
) -> Image:
    """Resize a picture to a number of megapixels (1024 x 1024), keeping the aspect ratio."""
    from nodes.imaging.scale import scale_to_pixels

    return scale_to_pixels(image, megapixels, upscale_method)


@pack.node(id="ImageScaleToMaxDimension", title="ImageScaleToMaxDimension", category="image/upscaling")
def image_scale_to_max_dimension(
    image: Image,
    upscale_method: Literal["area", "lanczos", "bilinear", "nearest-exact", "bicubic"],
    largest_size: Side = 512,
) -> Image:
    """Resize a picture so that its longer side has a given length."""
    from nodes.imaging.scale import scale_to_largest

    return scale_to_largest(image, largest_size, upscale_method)


@pack.node(id="FluxKontextImageScale", title="Flux Kontext Image Scale", category="advanced/conditioning/flux")
def flux_kontext_image_scale(image: Image) -> Image:
    """Resize a picture to the size, of those that FLUX Kontext was trained on, with the nearest aspect ratio."""
    from nodes.imaging.scale import scale_for_kontext

    return scale_for_kontext(image)


@pack.node(id="ImageCrop", title="Image Crop", category="image/transform")
def image_crop(image: Image, width: Pixels = 512, height: Pixels = 512, x: Side = 0, y: Side = 0) -> Image:
    """Cut a part out of a picture."""
    from nodes.imaging.scale import crop_image

    return crop_image(image, width, height, x, y)


@pack.node(id="ImageRotate", title="ImageRotate", category="image/transform")
def image_rotate(image: Image, rotation: Literal["none", "90 degrees", "180 degrees", "270 degrees"]) -> Image:
    """Turn a picture clockwise."""
    from nodes.imaging.scale import rotate
    from nodes.imaging.shapes import check_image

    return rotate(check_image(image), rotation, dims=(2, 1))


@pack.node(id="ImageFlip", title="ImageFlip", category="image/transform")
def image_flip(image: Image, flip_method: Literal["x-axis: vertically", "y-axis: horizontally"]) -> Image:
    """Turn a picture upside down, or mirror it."""
    from nodes.imaging.scale import flip
    from nodes.imaging.shapes import check_image

    return flip(check_image(image), flip_method, dims=(2, 1))


@pack.node(id="ImageStitch", title="Image Stitch", category="image/transform")
def image_stitch(
    image1: Image,
    direction: Literal["right", "down", "left", "up"] = "right",
    match_image_size: bool = True,
    spacing_width: Annotated[int, Range(0, 1024, step=2)] = 0,
    spacing_color: Literal["white", "black", "red", "green", "blue"] = "white",
    image2: Image | None = None,
) -> Image:
    """Put a second picture beside the first, with a strip of colour between them."""
    from nodes.imaging.pad import stitch_images

    return stitch_images(image1, image2, direction, match_image_size, spacing_width, spacing_color)


@pack.node(id="ResizeAndPadImage", title="ResizeAndPadImage", category="image/transform")
def resize_and_pad_image(
    image: Image,
    target_width: Pixels = 512,
    target_height: Pixels = 512,
    padding_color: Literal["white", "black"] = "white",
    interpolation: Literal["area", "bicubic", "nearest-exact", "bilinear", "lanczos"] = "area",
) -> Image:
    """Fit the whole picture into a size and fill the rest with a colour."""
    from nodes.imaging.pad import resize_and_pad

    return resize_and_pad(image, target_width, target_height, padding_color, interpolation)


@pack.node(id="ImagePadForOutpaint", title="Pad Image for Outpainting", category="image")
def image_pad_for_outpaint(
    image: Image,
    left: Padding = 0,
    top: Padding = 0,
    right: Padding = 0,
    bottom: Padding = 0,
    feathering: Annotated[int, Range(0, 16384, step=1)] = 40,
) -> PaddedImage:
    """Enlarge the canvas; the mask is what is to be painted, fading into the picture."""
    from nodes.imaging.pad import pad_for_outpaint

    return PaddedImage(*pad_for_outpaint(image, left, top, right, bottom, feathering))


@pack.node(id="GetImageSize", title="Get Image Size", category="image")
def get_image_size(image: Image) -> ImageSize:
    """Width, height and number of the pictures of a batch."""
    from nodes.imaging.shapes import check_image

    batch, height, width, _ = check_image(image).shape
    return ImageSize(width, height, batch)


@pack.node(id="ImageInvert", title="Invert Image", category="image")
def image_invert(image: Image) -> Image:
    """The negative of a picture."""
    return 1.0 - image


@pack.node(id="ImageBatch", title="Batch Images", category="image")
def image_batch(image1: Image, image2: Image) -> Image:
    """Join two batches; pictures of another size are fitted to the first."""
    from nodes.imaging.batch import join_images

    return join_images(image1, image2)


@pack.node(id="RepeatImageBatch", title="RepeatImageBatch", category="image/batch")
def repeat_image_batch(image: Image, amount: Batch = 1) -> Image:
    """Repeat a batch of pictures."""
    from nodes.imaging.batch import repeat_batch
    from nodes.imaging.shapes import check_image

    return repeat_batch(check_image(image), amount)


@pack.node(id="ImageFromBatch", title="ImageFromBatch", category="image/batch")
def image_from_batch(image: Image, batch_index: Annotated[int, Range(0, 4095)] = 0, length: Batch = 1) -> Image:
    """Take some pictures of a batch."""
    from nodes.imaging.batch import slice_batch
    from nodes.imaging.shapes import check_image

    return slice_batch(check_image(image), batch_index, length)


@pack.node(id="RebatchImages", title="Rebatch Images", category="image/batch")
def rebatch_images(images: Many[Image], batch_size: Batch = 1) -> Many[Image]:
    """Regroup pictures into batches of another size."""
    from nodes.imaging import batch

    return batch.rebatch_images(images, batch_size)


@pack.node(id="ImageRGBToYUV", title="Image RGB to YUV", category="image/batch")
def image_rgb_to_yuv(image: Image) -> Planes:
    """Split a picture into luma and chroma."""
    from nodes.imaging.colour import rgb_to_yuv

    return Planes(*rgb_to_yuv(image))


@pack.node(id="ImageYUVToRGB", title="Image YUV to RGB", category="image/batch")
def image_yuv_to_rgb(Y: Image, U: Image, V: Image) -> Image:
    """Join luma and chroma into a picture."""
    from nodes.imaging.colour import yuv_to_rgb

    return yuv_to_rgb(Y, U, V)


@pack.node(id="ImageAddNoise", title="ImageAddNoise", category="image")
def image_add_noise(
    image: Image, seed: Annotated[int, Seed()] = 0, strength: Annotated[float, Range(0.0, 1.0, step=0.01)] = 0.5
) -> Image:
    """Add gaussian noise."""
    from nodes.imaging.colour import add_noise

    return add_noise(image, seed, strength)


@pack.node(id="ImageCompositeMasked", title="ImageCompositeMasked", category="image")
def image_composite_masked(
    destination: Image,
    source: Image,
    x: Side = 0,
    y: Side = 0,
    resize_source: bool = False,
    mask: Mask | None = None,
) -> Image:
    """Paste one picture into another where the mask is 1."""
    from nodes.imaging.composite import composite_images

    return composite_images(destination, source, x, y, resize_source, mask)


@pack.node(id="ImageBlend", title="Image Blend", category="image/postprocessing")
def image_blend(
    image1: Image,
    image2: Image,
    blend_factor: Annotated[float, Range(0.0, 1.0, step=0.01)] = 0.5,
    blend_mode: Literal["normal", "multiply", "screen", "overlay", "soft_light", "difference"] = "normal",
) -> Image:
    """Mix two pictures; the factor is the share of the blend mode's result."""
    from nodes.imaging.blend import blend_images

    return blend_images(image1, image2, blend_factor, blend_mode)


@pack.node(id="ImageBlur", title="Image Blur", category="image/postprocessing")
def image_blur(
    image: Image,
    blur_radius: Annotated[int, Range(1, 31, step=1)] = 1,
    sigma: Annotated[float, Range(0.1, 10.0, step=0.1)] = 1.0,
) -> Image:
    """Blur a picture with a gaussian cut off at a radius; sigma is in units of that radius."""
    from nodes.imaging.blur import blur_image

    return blur_image(image, blur_radius, sigma)


@pack.node(id="ImageSharpen", title="Image Sharpen", category="image/postprocessing")
def image_sharpen(
    image: Image,
    sharpen_radius: Annotated[int, Range(1, 31, step=1)] = 1,
    sigma: Annotated[float, Range(0.1, 10.0, step=0.01)] = 1.0,
    alpha: Annotated[float, Range(0.0, 5.0, step=0.01)] = 1.0,
) -> Image:
    """Sharpen a picture with an unsharp mask."""
    from nodes.imaging.blur import sharpen_image

    return sharpen_image(image, sharpen_radius, sigma, alpha)


@pack.node(id="ImageQuantize", title="Image Quantize", category="image/postprocessing")
def image_quantize(
    image: Image,
    colors: Annotated[int, Range(1, 256, step=1)] = 256,
    dither: Literal["none", "floyd-steinberg", "bayer-2", "bayer-4", "bayer-8", "bayer-16"] = "none",
) -> Image:
    """Reduce a picture to a palette of its own."""
    from nodes.imaging.quantize import quantize_image

    return quantize_image(image, colors, dither)


@pack.node(id="Morphology", title="ImageMorphology", category="image/postprocessing")
def morphology(
    image: Image,
    operation: Literal["erode", "dilate", "open", "close", "gradient", "bottom_hat", "top_hat"],
    kernel_size: Annotated[int, Range(3, 999, step=1)] = 3,
) -> Image:
    """Grow or shrink the bright parts of a picture, and what follows from that."""
    from nodes.imaging import morphology

    return morphology.morphology(image, operation, kernel_size)


@pack.node(id="Canny", title="Canny", category="image/preprocessors")
def canny(
    image: Image,
    low_threshold: Annotated[float, Range(0.01, 0.99, step=0.01)] = 0.4,
    high_threshold: Annotated[float, Range(0.01, 0.99, step=0.01)] = 0.8,
) -> Image:
    """Find edges: white lines on black."""
    from nodes.imaging.canny import canny_edges

    return canny_edges(image, low_threshold, high_threshold)
