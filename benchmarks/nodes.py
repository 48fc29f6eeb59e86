"""What the nodes of pictures and masks cost beside the plain library call.

Run it from the repository: `python -m benchmarks.nodes [WORD]` (only rows with that word). One 2048x2048 picture; the
node and the plain call take turns, one thread each; medians of processor time. A plain call is what somebody would
write who has the library and no node. The row of kornia needs kornia. Nodes that give a view of their input (ImageCrop,
CropMask, ImageToMask, LatentCrop, LatentCut, TrimVideoLatent) take microseconds and have no row.
"""

from __future__ import annotations

import importlib.util
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.ndimage
import torch
import torch.nn.functional as F
from PIL import Image

from benchmarks.file_nodes import file_pairs, picture_of, tensor_of
from graphcore.testing import call
from nodes.imaging.shapes import channels_first

SIZE = 2048
ROUNDS = 5
LEAST = 0.5  # seconds for a pair of calls: quick ones do more rounds, as fresh memory costs them now more, now less
PATIENCE = 4.0  # seconds for a pair of calls, after which fewer rounds must do
TARGET = 1.5
Work = Callable[[], Any]
Pairs = dict[str, tuple[Work, Work]]


def pairs(folder: Path) -> Pairs:
    """Name -> the node, and the plain call."""
    image, other = smooth(), smooth()
    mask, small = torch.rand(1, SIZE, SIZE), SIZE // 2
    return {
        **scaling(image, small),
        **filters(image, mask),
        **palettes(image),
        **colours(image, other, mask),
        **compositing(image, other, mask),
        **latents(),
        **file_pairs(image, folder),
    }


def smooth() -> torch.Tensor:
    """A picture; noise would be unlike any, to palettes and to compression."""
    small = torch.rand(1, 3, 32, 32)
    return F.interpolate(small, (SIZE, SIZE), mode="bicubic").movedim(1, -1).clamp(0, 1).contiguous()


def scaling(image: torch.Tensor, size: int) -> Pairs:
    """Sizes and places."""
    found: Pairs = {}
    for method in ("nearest-exact", "bilinear", "area", "bicubic"):
        found[f"ImageScale, {method}"] = (
            lambda method=method: call("ImageScale", image=image, upscale_method=method, width=size, height=size),
            lambda method=method: F.interpolate(channels_first(image), (size, size), mode=method).movedim(1, -1),
        )
    found["ImageScale, lanczos"] = (
        lambda: call("ImageScale", image=image, upscale_method="lanczos", width=size, height=size),
        lambda: tensor_of(picture_of(image).resize((size, size), Image.Resampling.LANCZOS)),
    )
    found["ImageScaleToMaxDimension, area"] = (
        lambda: call("ImageScaleToMaxDimension", image=image, upscale_method="area", largest_size=size),
        lambda: F.interpolate(channels_first(image), (size, size), mode="area").movedim(1, -1),
    )
    found["ResizeAndPadImage, bilinear"] = (
        lambda: call("ResizeAndPadImage", image=image, target_width=SIZE, target_height=size, interpolation="bilinear"),
        lambda: F.pad(
            F.interpolate(channels_first(image), (size, size), mode="bilinear"), (size // 2, size // 2), value=1.0
        ).movedim(1, -1),
    )
    found["FluxKontextImageScale"] = (
        lambda: call("FluxKontextImageScale", image=image),
        lambda: tensor_of(picture_of(image).resize((1024, 1024), Image.Resampling.LANCZOS)),
    )
    found["ImageStitch"] = (
        lambda: call("ImageStitch", image1=image, image2=image, match_image_size=False),
        lambda: torch.cat((image, image), 2),
    )
    found["ImageRotate"] = (
        lambda: call("ImageRotate", image=image, rotation="90 degrees"),
        lambda: torch.rot90(image, 1, (2, 1)),
    )
    found["ImageFlip"] = (lambda: call("ImageFlip", image=image), lambda: torch.flip(image, (1,)))
    found["ImagePadForOutpaint"] = (
        lambda: call("ImagePadForOutpaint", image=image, left=256, right=256, feathering=0),
        lambda: F.pad(image, (0, 0, 256, 256), value=0.5),
    )
    return found


def filters(image: torch.Tensor, mask: torch.Tensor) -> Pairs:
    """Neighbourhoods."""
    x = torch.linspace(-1, 1, 7)
    line = torch.exp(-x * x / 2)
    kernel = (line[:, None] * line / line.sum() ** 2).expand(3, 1, 7, 7)

    def blur() -> torch.Tensor:
        return F.conv2d(F.pad(channels_first(image), (3, 3, 3, 3), mode="reflect"), kernel, groups=3).movedim(1, -1)

    return {
        "ImageBlur, radius 3": (lambda: call("ImageBlur", image=image, blur_radius=3), blur),
        "ImageSharpen, radius 3": (
            lambda: call("ImageSharpen", image=image, sharpen_radius=3, alpha=0.1),
            lambda: (2 * image - blur()).clamp(0, 1),
        ),
        "GrowMask, by 8": (
            lambda: call("GrowMask", mask=mask, expand=8, tapered_corners=False),
            lambda: torch.from_numpy(scipy.ndimage.grey_dilation(mask.numpy(), (1, 17, 17))),
        ),
        "GrowMask, by 8, tapered": (
            lambda: call("GrowMask", mask=mask, expand=8),
            lambda: scipy.ndimage.grey_dilation(mask.numpy(), footprint=diamond(8)),
        ),
        **morphology(image),
    }


def diamond(radius: int) -> np.ndarray:
    """[1, n, n], true within `radius` steps of the middle."""
    steps = np.abs(np.arange(-radius, radius + 1))
    return (steps[:, None] + steps <= radius)[None]


def morphology(image: torch.Tensor) -> Pairs:
    """Beside scipy's filters of grey values, and beside kornia where it is installed."""
    pixels = image.numpy()
    size = (1, 5, 5, 1)
    plain: dict[str, Work] = {
        "erode": lambda: scipy.ndimage.grey_erosion(pixels, size),
        "dilate": lambda: scipy.ndimage.grey_dilation(pixels, size),
        "open": lambda: scipy.ndimage.grey_opening(pixels, size),
        "close": lambda: scipy.ndimage.grey_closing(pixels, size),
        "gradient": lambda: scipy.ndimage.morphological_gradient(pixels, size),
        "top_hat": lambda: scipy.ndimage.white_tophat(pixels, size),
        "bottom_hat": lambda: scipy.ndimage.black_tophat(pixels, size),
    }
    found: Pairs = {
        f"Morphology, {name} 5": (
            lambda name=name: call("Morphology", image=image, operation=name, kernel_size=5),
            lambda work=work: torch.from_numpy(work()),
        )
        for name, work in plain.items()
    }
    if importlib.util.find_spec("kornia"):
        from kornia.filters import canny

        found["Canny (kornia)"] = (
            lambda: call("Canny", image=image),
            lambda: canny(channels_first(image), 0.4, 0.8)[1].repeat(1, 3, 1, 1).movedim(1, -1),
        )
    return found


def palettes(image: torch.Tensor) -> Pairs:
    """Fewer colours; the ordered patterns are no library's."""
    dithers = {"none": Image.Dither.NONE, "floyd-steinberg": Image.Dither.FLOYDSTEINBERG}

    def plain(dither: Image.Dither) -> torch.Tensor:
        picture = picture_of(image)
        return tensor_of(picture.quantize(palette=picture.quantize(256), dither=dither).convert("RGB"))

    return {
        f"ImageQuantize, {name}": (
            lambda name=name: call("ImageQuantize", image=image, dither=name),
            lambda dither=dither: plain(dither),
        )
        for name, dither in dithers.items()
    }


def colours(image: torch.Tensor, other: torch.Tensor, mask: torch.Tensor) -> Pairs:
    """Pixel by pixel."""
    weights = torch.tensor([0.299, 0.587, 0.114])
    ramp = (torch.arange(1.0, SIZE + 1) / 64).clamp(max=1)
    return {
        "ImageInvert": (lambda: call("ImageInvert", image=image), lambda: 1 - image),
        "ImageAddNoise": (
            lambda: call("ImageAddNoise", image=image, seed=1),
            lambda: (image + 0.5 * torch.randn(image.shape)).clamp(0, 1),
        ),
        "ImageBatch": (lambda: call("ImageBatch", image1=image, image2=other), lambda: torch.cat((image, other))),
        "ImageRGBToYUV": (
            lambda: call("ImageRGBToYUV", image=image),
            lambda: [
                plane[..., None].repeat(1, 1, 1, 3)
                for y in [image @ weights]
                for plane in (y, 0.564 * (image[..., 2] - y) + 0.5, 0.713 * (image[..., 0] - y) + 0.5)
            ],
        ),
        "ThresholdMask": (lambda: call("ThresholdMask", mask=mask), lambda: (mask > 0.5).float()),
        "ImageYUVToRGB": (
            lambda: call("ImageYUVToRGB", Y=image, U=image, V=other),
            lambda: yuv_to_rgb(*(plane.mean(-1) for plane in (image, image, other))),
        ),
        "ImageColorToMask": (
            lambda: call("ImageColorToMask", image=image, color=0x102030),
            lambda: ((image.clamp(0, 1) * 255).round() == torch.tensor([16.0, 32.0, 48.0])).all(-1).float(),
        ),
        "InvertMask": (lambda: call("InvertMask", mask=mask), lambda: 1 - mask),
        "FeatherMask": (
            lambda: call("FeatherMask", mask=mask, left=64, top=64),
            lambda: mask * ramp * ramp[:, None],
        ),
        "SolidMask": (lambda: call("SolidMask", width=SIZE, height=SIZE), lambda: torch.full((1, SIZE, SIZE), 1.0)),
        "EmptyImage": (
            lambda: call("EmptyImage", width=SIZE, height=SIZE, color=0x102030),
            lambda: torch.tensor([16.0, 32.0, 48.0]).div(255).repeat(1, SIZE, SIZE, 1),
        ),
        "RepeatImageBatch": (
            lambda: call("RepeatImageBatch", image=image, amount=3),
            lambda: image.repeat(3, 1, 1, 1),
        ),
        "ImageFromBatch": (lambda: call("ImageFromBatch", image=image), image.clone),
        "RebatchImages": (
            lambda: call("RebatchImages", images=[image, other], batch_size=2),
            lambda: torch.cat((image, other)),
        ),
        "MaskToImage": (lambda: call("MaskToImage", mask=mask), lambda: mask[..., None].repeat(1, 1, 1, 3)),
    }


def yuv_to_rgb(y: torch.Tensor, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """[B,H,W] each -> [B,H,W,3]."""
    red = y + 1.4025 * (v - 0.5)
    green = y - 0.7144 * (v - 0.5) - 0.3443 * (u - 0.5)
    return torch.stack((red, green, y + 1.7730 * (u - 0.5)), -1).clamp(0, 1)


def compositing(image: torch.Tensor, other: torch.Tensor, mask: torch.Tensor) -> Pairs:
    """Pictures on pictures."""
    half, alpha = mask[..., None], torch.cat((image, mask[..., None]), -1)
    blends: dict[str, Work] = {
        "normal": lambda: image.lerp(other, 0.5).clamp(0, 1),
        "multiply": lambda: (image * 0.5 + image * other * 0.5).clamp(0, 1),
        "screen": lambda: (image * 0.5 + (1 - (1 - image) * (1 - other)) * 0.5).clamp(0, 1),
        "overlay": lambda: (
            image * 0.5 + torch.where(image <= 0.5, 2 * image * other, 1 - 2 * (1 - image) * (1 - other)) * 0.5
        ).clamp(0, 1),
        "difference": lambda: (image * 0.5 + (image - other) * 0.5).clamp(0, 1),
    }

    def over() -> tuple[torch.Tensor, torch.Tensor]:
        a, b = 1 - half, 1 - half.flip(1)
        opacity = a + (1 - a) * b
        return ((other * a + (1 - a) * image * b) / opacity.clamp(min=1e-5)).clamp(0, 1), 1 - opacity[..., 0]

    return {
        **{
            f"ImageBlend, {mode}": (
                lambda mode=mode: call("ImageBlend", image1=image, image2=other, blend_mode=mode),
                plain,
            )
            for mode, plain in blends.items()
        },
        "ImageCompositeMasked": (
            lambda: call("ImageCompositeMasked", destination=image, source=other, mask=mask),
            lambda: mask[..., None] * other + (1 - mask[..., None]) * image,
        ),
        "PorterDuffImageComposite, SRC_OVER": (
            lambda: call(
                "PorterDuffImageComposite",
                source=other,
                source_alpha=mask,
                destination=image,
                destination_alpha=mask.flip(1),
                mode="SRC_OVER",
            ),
            over,
        ),
        "MaskComposite": (
            lambda: call("MaskComposite", destination=mask, source=mask, operation="multiply"),
            lambda: (mask * mask).clamp(0, 1),
        ),
        "JoinImageWithAlpha": (
            lambda: call("JoinImageWithAlpha", image=image, alpha=mask),
            lambda: torch.cat((image, 1 - half), -1),
        ),
        "SplitImageWithAlpha": (
            lambda: call("SplitImageWithAlpha", image=alpha),
            lambda: (alpha[..., :3], 1 - alpha[..., 3]),
        ),
    }


def latents() -> Pairs:
    """A large latent: 4 channels of 1024x1024 cells."""
    first, second = torch.randn(1, 4, 1024, 1024), torch.randn(1, 4, 1024, 1024)
    a, b = {"samples": first}, {"samples": second}
    ramps = torch.rand(1024, 1024)
    found: Pairs = {
        f"LatentUpscaleBy, {method}": (
            lambda method=method: call("LatentUpscaleBy", samples=a, upscale_method=method, scale_by=1.5),
            lambda method=method: F.interpolate(first, (1536, 1536), mode=method),
        )
        for method in ("nearest-exact", "bilinear", "area", "bicubic")
    }
    return {
        **found,
        "LatentAdd": (lambda: call("LatentAdd", samples1=a, samples2=b), lambda: first + second),
        "LatentBlend": (lambda: call("LatentBlend", samples1=a, samples2=b), lambda: first * 0.5 + second * 0.5),
        "LatentBatch": (lambda: call("LatentBatch", samples1=a, samples2=b), lambda: torch.cat((first, second))),
        "LatentConcat": (
            lambda: call("LatentConcat", samples1=a, samples2=b, dim="x"),
            lambda: torch.cat((first, second), -1),
        ),
        "LatentComposite": (
            lambda: call("LatentComposite", samples_to=a, samples_from=b, feather=64),
            lambda: first.clone().lerp_(second, ramps),
        ),
        "LatentRotate": (
            lambda: call("LatentRotate", samples=a, rotation="90 degrees"),
            lambda: torch.rot90(first, 1, (3, 2)),
        ),
    }


def measure(node: Work, plain: Work) -> tuple[float, float]:
    """Medians in milliseconds; the two take turns, so that both see the same machine."""
    times: tuple[list[float], list[float]] = ([], [])
    began = time.perf_counter()
    for number in itertools.count():
        spent = time.perf_counter() - began
        if number > 1 and (spent > PATIENCE or (number > ROUNDS and spent > LEAST)):
            break
        for work, found in zip((node, plain), times, strict=True):
            started = time.process_time()
            work()
            found.append((time.process_time() - started) * 1e3)
    return statistics.median(times[0][1:]), statistics.median(times[1][1:])


def main() -> None:
    """Print the tables."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        print("| node | ms | plain call, ms | ratio |\n|---|--:|--:|--:|")
        slow = 0
        for title, (work, plain) in pairs(Path(name)).items():
            if sys.argv[1:] and sys.argv[1] not in title:
                continue
            ours, theirs = measure(work, plain)
            slow += ours > TARGET * theirs
            print(f"| {title} | {ours:.1f} | {theirs:.1f} | {ours / theirs:.2f} |", flush=True)
        print(f"\n{slow} nodes take more than {TARGET} times the plain call.\n")


if __name__ == "__main__":
    sys.exit(main())
