"""Nodes of pictures and masks beside their formulas, written out once more on numpy, scipy and Pillow.

The recorded calls have few values of every option; here every choice and random numbers are tried, on their fixtures.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
import torch
from PIL import Image

from graphcore.testing import call
from nodes.builtin.images import Methods
from tests.reference.nodes.formulas import Array, equal, gaussian, resized, truncated
from tests.reference.nodes.recorded import choices_of, fixtures

FIRST, SECOND = fixtures()["IMAGE.0"], fixtures()["IMAGE.1"]  # [2,48,64,3]
MASK, OTHER = fixtures()["MASK.0"], fixtures()["MASK.1"]  # [1,48,64]


# -- sizes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crop", ["disabled", "center"])
@pytest.mark.parametrize("method", choices_of(Methods))
def test_scale(method: str, crop: str) -> None:
    for width, height in [(80, 31), (17, 100), (64, 48), (1, 1), (129, 97)]:
        got = call("ImageScale", image=FIRST, upscale_method=method, width=width, height=height, crop=crop).IMAGE
        equal(got, resized(FIRST, width, height, method, crop == "center"), 1e-4)


@pytest.mark.parametrize("method", choices_of(Methods))
def test_scales_that_keep_the_aspect(method: str) -> None:
    image = FIRST[:, :47]
    for width, height, size in [
        (0, 0, (64, 47)),
        (100, 0, (100, round(47 * 100 / 64))),
        (0, 5, (round(64 * 5 / 47), 5)),
    ]:
        got = call("ImageScale", image=image, upscale_method=method, width=width, height=height).IMAGE
        equal(got, image if size == (64, 47) else resized(image, *size, method), 1e-4)
    for factor in (0.37, 1.5, 2.01):
        got = call("ImageScaleBy", image=image, upscale_method=method, scale_by=factor).IMAGE
        equal(got, resized(image, round(64 * factor), round(47 * factor), method), 1e-4)
    for largest in (33, 90):
        for turned in (image, image.movedim(1, 2)):
            got = call("ImageScaleToMaxDimension", image=turned, upscale_method=method, largest_size=largest).IMAGE
            longer, shorter = max(turned.shape[1:3]), min(turned.shape[1:3])
            size = (largest, round(shorter / longer * largest))
            equal(got, resized(turned, *(size if turned.shape[2] == longer else size[::-1]), method), 1e-4)


def test_scale_to_pixels() -> None:
    for megapixels in (0.01, 0.03):
        factor = math.sqrt(int(megapixels * 1024 * 1024) / (64 * 48))
        got = call("ImageScaleToTotalPixels", image=FIRST, upscale_method="bicubic", megapixels=megapixels).IMAGE
        equal(got, resized(FIRST, round(64 * factor), round(48 * factor), "bicubic"), 1e-4)


@pytest.mark.parametrize("interpolation", choices_of(Methods))
@pytest.mark.parametrize("color", ["white", "black"])
def test_resize_and_pad(interpolation: str, color: str) -> None:
    for width, height in [(50, 90), (90, 30), (64, 48)]:
        options = {"target_width": width, "target_height": height, "padding_color": color}
        got = call("ResizeAndPadImage", image=FIRST, interpolation=interpolation, **options).IMAGE
        scale = min(width / 64, height / 48)
        inner = resized(FIRST, int(64 * scale), int(48 * scale), interpolation)
        canvas = np.full((2, height, width, 3), float(color == "white"))
        y, x = (height - inner.shape[1]) // 2, (width - inner.shape[2]) // 2
        canvas[:, y : y + inner.shape[1], x : x + inner.shape[2]] = inner
        equal(got, canvas, 1e-4)


@pytest.mark.parametrize("turns", range(4))
def test_turn_and_flip(turns: int) -> None:
    rotation = ["none", "90 degrees", "180 degrees", "270 degrees"][turns]
    equal(call("ImageRotate", image=FIRST, rotation=rotation).IMAGE, np.rot90(FIRST.numpy(), -turns, (1, 2)))
    flipped = {"x-axis: vertically": FIRST.numpy()[:, ::-1], "y-axis: horizontally": FIRST.numpy()[:, :, ::-1]}
    for method, wanted in flipped.items():
        equal(call("ImageFlip", image=FIRST, flip_method=method).IMAGE, wanted)


def test_parts_and_batches() -> None:
    pixels = FIRST.numpy()
    equal(call("ImageCrop", image=FIRST, width=20, height=30, x=50, y=5).IMAGE, pixels[:, 5:35, 50:70])
    equal(call("ImageCrop", image=FIRST, width=9, height=9, x=500, y=500).IMAGE, pixels[:, 47:, 63:])
    assert call("GetImageSize", image=FIRST) == (64, 48, 2)
    equal(call("RepeatImageBatch", image=FIRST, amount=3).IMAGE, np.concatenate([pixels] * 3))
    equal(call("ImageFromBatch", image=FIRST, batch_index=7, length=7).IMAGE, pixels[1:])
    equal(call("ImageFromBatch", image=FIRST, batch_index=0, length=9).IMAGE, pixels)
    small = SECOND[:1, :20, :50]
    joined = np.concatenate((pixels, resized(small, 64, 48, "bilinear", center=True)))
    equal(call("ImageBatch", image1=FIRST, image2=small).IMAGE, joined, 1e-4)
    batches = call("RebatchImages", images=[FIRST, SECOND, small], batch_size=3).IMAGE
    assert [len(batch) for batch in batches] == [3, 1, 1]
    equal(batches[0], np.concatenate((pixels, SECOND.numpy()[:1])))
    equal(batches[1], SECOND.numpy()[1:])


@pytest.mark.parametrize("sides", [(8, 0, 0, 0), (0, 16, 0, 8), (8, 8, 24, 8), (0, 0, 0, 0)])
@pytest.mark.parametrize("feathering", [0, 5, 13, 24])
def test_pad_for_outpaint(sides: tuple[int, int, int, int], feathering: int) -> None:
    left, top, right, bottom = sides
    got = call(
        "ImagePadForOutpaint", image=FIRST, left=left, top=top, right=right, bottom=bottom, feathering=feathering
    )
    canvas = np.full((2, 48 + top + bottom, 64 + left + right, 3), 0.5)
    canvas[:, top : top + 48, left : left + 64] = FIRST.numpy()
    equal(got.IMAGE, canvas)
    mask = np.ones(canvas.shape[1:3])
    mask[top : top + 48, left : left + 64] = 0
    if feathering > 0 and feathering * 2 < 48:
        for i in range(48):
            for j in range(64):
                far = (i if top else 48, 48 - i if bottom else 48, j if left else 64, 64 - j if right else 64)
                if min(far) < feathering:
                    mask[top + i, left + j] = ((feathering - min(far)) / feathering) ** 2
    equal(got.MASK, mask[None])


# -- colours -----------------------------------------------------------------------------------------------------------


def soft_light(a: Array, b: Array) -> Array:
    g = np.where(a <= 0.25, ((16 * a - 12) * a + 4) * a, np.sqrt(a))
    return np.where(b <= 0.5, a - (1 - 2 * b) * a * (1 - a), a + (2 * b - 1) * (g - a))


BLENDS: dict[str, Callable[[Array, Array], Array]] = {
    "normal": lambda a, b: b,
    "multiply": lambda a, b: a * b,
    "screen": lambda a, b: a + b - a * b,
    "overlay": lambda a, b: np.where(a <= 0.5, 2 * a * b, 1 - 2 * (1 - a) * (1 - b)),
    "soft_light": soft_light,
    "difference": lambda a, b: a - b,
}


@pytest.mark.parametrize("mode", BLENDS)
def test_blend(mode: str) -> None:
    a = FIRST.numpy().astype(np.float64)
    for factor in (0.0, 0.31, 0.77, 1.0):
        for other in (SECOND, SECOND[:, :30, :60]):
            b = other.numpy() if other is SECOND else resized(other, 64, 48, "bicubic", center=True)
            wanted = np.clip(a * (1 - factor) + BLENDS[mode](a, b) * factor, 0, 1)
            got = call("ImageBlend", image1=FIRST, image2=other, blend_factor=factor, blend_mode=mode).IMAGE
            equal(got, wanted, 1e-4)


def correlated(image: torch.Tensor, kernel: Array) -> Array:
    weights = kernel[None, :, :, None]
    return scipy.ndimage.correlate(image.numpy().astype(np.float64), weights, mode="mirror")


@pytest.mark.parametrize(("radius", "sigma"), [(1, 0.1), (3, 0.4), (7, 2.3), (20, 10.0), (31, 0.7)])
def test_blur_and_sharpen(radius: int, sigma: float) -> None:
    got = call("ImageBlur", image=FIRST, blur_radius=radius, sigma=sigma).IMAGE
    equal(got, correlated(FIRST, gaussian(radius, sigma)), 1e-4)
    for alpha in (0.0, 0.37, 5.0):
        kernel = gaussian(radius, sigma) * -(alpha * 10)
        kernel[radius, radius] += 1 - kernel.sum()
        got = call("ImageSharpen", image=FIRST, sharpen_radius=radius, sigma=sigma, alpha=alpha).IMAGE
        equal(got, np.clip(correlated(FIRST, kernel), 0, 1), 1e-4)


def window(image: Array, size: int, before: int, after: int, extremum: Any) -> Array:
    """The extremum over [-before, after] both ways; what lies outside is ignored."""
    height, width = image.shape[1:3]
    result = np.empty_like(image)
    for y in range(height):
        rows = image[:, max(0, y - before) : y + after + 1]
        for x in range(width):
            result[:, y, x] = extremum(rows[:, :, max(0, x - before) : x + after + 1], axis=(1, 2))
    return result


@pytest.mark.parametrize("size", [3, 4, 9, 30, 999])
def test_morphology(size: int) -> None:
    image = FIRST.numpy()[:, :24, :30]

    def dilated(x: Array) -> Array:
        return window(x, size, size - 1 - size // 2, size // 2, np.max)

    def eroded(x: Array) -> Array:
        return window(x, size, size // 2, size - 1 - size // 2, np.min)

    wanted = {
        "erode": eroded(image), "dilate": dilated(image), "open": dilated(eroded(image)),
        "close": eroded(dilated(image)), "gradient": dilated(image) - eroded(image),
        "top_hat": image - dilated(eroded(image)), "bottom_hat": eroded(dilated(image)) - image,
    }  # fmt: skip
    for operation, result in wanted.items():
        got = call("Morphology", image=torch.from_numpy(image), operation=operation, kernel_size=size).IMAGE
        equal(got, result)


@pytest.mark.parametrize("dither", ["none", "floyd-steinberg", "bayer-2", "bayer-4", "bayer-8", "bayer-16"])
@pytest.mark.parametrize("colors", [1, 2, 17, 256])
def test_quantize(dither: str, colors: int) -> None:
    wanted = []
    for item in truncated(FIRST):
        picture = Image.fromarray(item)
        palette = picture.quantize(colors=colors)
        if dither.startswith("bayer"):
            pattern = np.zeros((1, 1))
            for level in range(1, int(math.log2(int(dither[6:]))) + 1):
                m = pattern * 4**level
                pattern = np.block([[m - 1.5, m + 0.5], [m + 1.5, m - 0.5]]) / 4**level
            added = 512 / (len(palette.getpalette() or []) / 3) * pattern + 0.5
            tiled = np.tile(added, (48, 64))[:48, :64, None]
            picture = Image.fromarray(np.clip(item + tiled, 0, 255).astype(np.uint8))
        way = Image.Dither.FLOYDSTEINBERG if dither == "floyd-steinberg" else Image.Dither.NONE
        wanted.append(np.array(picture.quantize(palette=palette, dither=way).convert("RGB")) / 255)
    equal(call("ImageQuantize", image=FIRST, colors=colors, dither=dither).IMAGE, np.stack(wanted))


def test_luma_and_chroma() -> None:
    red, green, blue = (FIRST.numpy().astype(np.float64)[..., channel] for channel in range(3))
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    planes = (y, 0.564 * (blue - y) + 0.5, 0.713 * (red - y) + 0.5)
    for got, plane in zip(call("ImageRGBToYUV", image=FIRST), planes, strict=True):
        equal(got, np.repeat(plane[..., None], 3, -1))
    luma, cb, cr = (image.numpy().astype(np.float64).mean(-1) for image in (FIRST, SECOND, FIRST.flip(1)))
    back = (
        luma + 1.4025245442 * (cr - 0.5),
        luma - 0.7144034731 * (cr - 0.5) - 0.3443401356 * (cb - 0.5),
        luma + 1.7730496454 * (cb - 0.5),
    )
    got = call("ImageYUVToRGB", Y=FIRST, U=SECOND, V=FIRST.flip(1)).IMAGE
    equal(got, np.clip(np.stack(back, -1), 0, 1))


def test_noise_is_torchs_own() -> None:
    for seed, strength in [(0, 0.5), (2**63, 0.07), (123, 1.0)]:
        torch.manual_seed(seed)
        wanted = (FIRST + strength * torch.randn(FIRST.shape)).clip(0, 1)
        equal(call("ImageAddNoise", image=FIRST, seed=seed, strength=strength).IMAGE, wanted)


@pytest.mark.parametrize("color", [0x0, 0xFFFFFF, 0x1080F0])
def test_empty_images_and_colours(color: int) -> None:
    red, green, blue = color >> 16, (color >> 8) & 255, color & 255
    image = call("EmptyImage", width=9, height=5, batch_size=3, color=color).IMAGE
    equal(image, np.broadcast_to(np.array([red, green, blue]) / 255, (3, 5, 9, 3)))
    image[:, 2, 3, 0] += 0.6 / 255
    found = np.ones((3, 5, 9))
    found[:, 2, 3] = float(red == 255)  # one more, rounded, is another colour, if it is not cut
    equal(call("ImageColorToMask", image=image, color=color).MASK, found)
    equal(call("ImageInvert", image=image).IMAGE, 1 - image.numpy())
