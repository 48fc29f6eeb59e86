"""Picture tools beyond the field's own: comparing, matching colours, cut-outs, sheets, drawn masks, file formats."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from graphcore import Image, Many, Mask, Range, Run, Socket, Text
from nodes.builtin.image_files import files_of
from nodes.builtin.pack import pack

Pixels = Annotated[int, Range(1, 16384, step=1)]
Share = Annotated[float, Range(0.0, 1.0, step=0.01)]
Box = Annotated[Any, Socket("CROP_BOX")]
Size = Annotated[int, Range(4, 1024, step=1)]


class Compared(NamedTuple):
    """How alike two pictures are."""

    ssim: float
    psnr: float
    mean_error: float
    difference: Image


class Described(NamedTuple):
    """Numbers that describe a picture."""

    mean: float
    contrast: float
    minimum: float
    maximum: float
    report: str


class CutOut(NamedTuple):
    """The part of a picture that a mask selects, and where it was."""

    image: Image
    mask: Mask
    box: Box


class LoadedFolder(NamedTuple):
    """The pictures of a folder, what of them is transparent, and their names."""

    images: Many[Image]
    masks: Many[Mask]
    names: Many[str]


@pack.node(id="ImageCompare", title="Compare Images", category="image/analysis")
def image_compare(image1: Image, image2: Image) -> Compared:
    """How alike two pictures are: SSIM (1 is equal), PSNR in decibel (100 is equal), mean error and the difference."""
    from nodes.imaging.compare import compare

    likeness, difference = compare(image1, image2)
    return Compared(*likeness, difference)


@pack.node(id="ImageStatistics", title="Image Statistics", category="image/analysis")
def image_statistics(image: Image) -> Described:
    """Brightness, contrast and range of a picture, and a report by channel."""
    from nodes.imaging.statistics import statistics

    return Described(*statistics(image))


@pack.node(id="ColorMatchImages", title="Match Colors", category="image/postprocessing")
def color_match(
    image: Image,
    reference: Image,
    method: Literal["mean and deviation", "covariance", "histogram"] = "covariance",
    strength: Share = 1.0,
) -> Image:
    """Give a picture the colours of another."""
    from nodes.imaging.colour_match import match_colours

    return match_colours(image, reference, method, strength)


@pack.node(id="CutOutByMask", title="Cut Out by Mask", category="image/transform")
def cut_out_by_mask(
    image: Image,
    mask: Mask,
    padding: Annotated[int, Range(0, 4096, step=1)] = 32,
    multiple_of: Annotated[int, Range(1, 256, step=1)] = 8,
) -> CutOut:
    """Cut out what a mask selects, with some of its surroundings; 'Paste Back' returns it after it was worked on."""
    from nodes.imaging.regions import cut_out, mask_box
    from nodes.imaging.shapes import check_image, check_mask

    box = mask_box(mask, padding, multiple_of)
    return CutOut(cut_out(check_image(image), box), cut_out(check_mask(mask), box), box)


@pack.node(id="PasteBack", title="Paste Back", category="image/transform")
def paste_back(image: Image, part: Image, box: Box, feather: Annotated[int, Range(0, 1024, step=1)] = 16) -> Image:
    """Put a part that was cut out back into its place, at any size, with soft edges."""
    from nodes.imaging import regions

    return regions.paste_back(image, part, box, feather)


@pack.node(id="ContactSheet", title="Contact Sheet", category="image/batch")
def contact_sheet(
    images: Many[Image],
    columns: Annotated[int, Range(0, 256)] = 0,
    gap: Annotated[int, Range(0, 512)] = 8,
    color: Literal["white", "black", "red", "green", "blue"] = "white",
    labels: Annotated[str, Text(multiline=True, placeholder="one label a line")] = "",
    label_size: Size = 24,
) -> Image:
    """Put all pictures on one sheet, with a label under each; 0 columns make it about square."""
    from nodes.imaging import grid

    return grid.contact_sheet(images, columns, gap, color, labels.splitlines(), label_size)


@pack.node(id="MaskFromColor", title="Mask from Color", category="mask")
def mask_from_color(
    image: Image,
    color: Annotated[int, Range(0, 0xFFFFFF, step=1, display="color")] = 0,
    tolerance: Share = 0.1,
) -> Mask:
    """Select the pixels whose colour is near to one."""
    from nodes.imaging.colour import near_color_to_mask

    return near_color_to_mask(image, color, tolerance)


@pack.node(id="MaskFromShape", title="Mask from Shape", category="mask")
def mask_from_shape(
    shape: Literal["rectangle", "ellipse"] = "ellipse",
    width: Pixels = 512,
    height: Pixels = 512,
    left: Share = 0.25,
    top: Share = 0.25,
    right: Share = 0.75,
    bottom: Share = 0.75,
) -> Mask:
    """Draw a shape as a mask; its sides are shares of the mask's size."""
    from nodes.imaging.draw import shape_mask

    return shape_mask(shape, width, height, (left, top, right, bottom))


@pack.node(id="MaskFromText", title="Mask from Text", category="mask")
def mask_from_text(
    text: Annotated[str, Text(multiline=True)] = "Text",
    width: Pixels = 512,
    height: Pixels = 512,
    size: Size = 96,
    place: Literal["center", "top", "bottom"] = "center",
) -> Mask:
    """Write a text as a mask."""
    from nodes.imaging.draw import text_mask

    return text_mask(text, width, height, size, place)


@pack.node(id="LoadImageFolder", title="Load Image Folder", category="image", lane="io", fingerprint=files_of)
def load_image_folder(
    folder: Annotated[str, Text(placeholder="folder in the input folder; 'name [output]' for results")] = "",
    start: Annotated[int, Range(0, 1_000_000)] = 0,
    limit: Annotated[int, Range(0, 1_000_000)] = 0,
    *,
    run: Run,
) -> LoadedFolder:
    """Load the pictures of a folder as a list; what follows runs once for each. A limit of 0 loads all."""
    from nodes.imaging.load import load_pictures
    from nodes.imaging.sequence import picture_files

    files = picture_files(run.folders, folder)[start : start + limit if limit else None]
    loaded = []
    for number, file in enumerate(files):
        run.progress(number, len(files))
        loaded.append(load_pictures(file))
    return LoadedFolder([image for image, _ in loaded], [mask for _, mask in loaded], [file.stem for file in files])


@pack.node(id="SaveImageAs", title="Save Image As", category="image", output=True, lane="io")
def save_image_as(
    images: Image,
    filename_prefix: str = "ComfyUI",
    format: Literal["png", "webp", "webp (lossless)", "jpeg", "avif"] = "webp",
    quality: Annotated[int, Range(1, 100)] = 90,
    compress_level: Annotated[int, Range(0, 9)] = 4,
    *,
    run: Run,
) -> None:
    """Save every picture, with its workflow, in a format of choice; the compression level is PNG's."""
    from nodes.imaging.outputs import save_as

    save_as(run, images, filename_prefix, format, quality, compress_level)
