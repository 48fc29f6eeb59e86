"""What the nodes of pictures and masks cost beside the plain library call.

Run it from the repository: `python -m benchmarks.nodes`. One 2048x2048 picture; the node and the plain call take turns,
one thread each; medians of processor time. A plain call is what somebody would write who has the library and no node.
"""

from __future__ import annotations

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

from graphcore.testing import call, recording_run

SIZE = 2048
ROUNDS = 5
PATIENCE = 4.0  # seconds for a pair of calls, after which fewer rounds must do
TARGET = 1.5
Work = Callable[[], Any]


def channels_first(image: torch.Tensor) -> torch.Tensor:
    """[B,H,W,C] -> [B,C,H,W]."""
    return image.movedim(-1, 1)


def picture_of(image: torch.Tensor) -> Image.Image:
    """The first picture of a batch as Pillow's."""
    return Image.fromarray((image[0] * 255).clamp(0, 255).to(torch.uint8).numpy())


def tensor_of(picture: Image.Image) -> torch.Tensor:
    """Pillow's picture as a batch of one."""
    return torch.from_numpy(np.array(picture)).float().div(255)[None]


def pairs(folder: Path) -> dict[str, tuple[Work, Work]]:
    """Name -> the node, and the plain call."""
    image, other = smooth(), smooth()
    mask, small = torch.rand(1, SIZE, SIZE), SIZE // 2
    return {
        **scaling(image, small),
        **filters(image, mask),
        **mixing(image, other, mask),
        **files(image, folder),
    }


def smooth() -> torch.Tensor:
    """A picture; noise would be unlike any, to palettes and to compression."""
    small = torch.rand(1, 3, 32, 32)
    return F.interpolate(small, (SIZE, SIZE), mode="bicubic").movedim(1, -1).clamp(0, 1).contiguous()


def scaling(image: torch.Tensor, size: int) -> dict[str, tuple[Work, Work]]:
    """Sizes and places."""
    found: dict[str, tuple[Work, Work]] = {}
    for method in ("nearest-exact", "bilinear", "area", "bicubic"):
        found[f"ImageScale, {method}"] = (
            lambda method=method: call("ImageScale", image=image, upscale_method=method, width=size, height=size),
            lambda method=method: F.interpolate(channels_first(image), (size, size), mode=method).movedim(1, -1),
        )
    found["ImageScale, lanczos"] = (
        lambda: call("ImageScale", image=image, upscale_method="lanczos", width=size, height=size),
        lambda: tensor_of(picture_of(image).resize((size, size), Image.Resampling.LANCZOS)),
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


def filters(image: torch.Tensor, mask: torch.Tensor) -> dict[str, tuple[Work, Work]]:
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
        "Morphology, dilate 5": (
            lambda: call("Morphology", image=image, operation="dilate", kernel_size=5),
            lambda: F.max_pool2d(channels_first(image), 5, 1, 2).movedim(1, -1),
        ),
        "ImageQuantize, 256 colours": (
            lambda: call("ImageQuantize", image=image),
            lambda: tensor_of(picture_of(image).quantize(256).convert("RGB")),
        ),
        "GrowMask, by 8": (
            lambda: call("GrowMask", mask=mask, expand=8, tapered_corners=False),
            lambda: torch.from_numpy(scipy.ndimage.grey_dilation(mask.numpy(), (1, 17, 17))),
        ),
    }


def mixing(image: torch.Tensor, other: torch.Tensor, mask: torch.Tensor) -> dict[str, tuple[Work, Work]]:
    """Pixel by pixel."""
    weights = torch.tensor([0.299, 0.587, 0.114])
    return {
        "ImageInvert": (lambda: call("ImageInvert", image=image), lambda: 1 - image),
        "ImageBlend, multiply": (
            lambda: call("ImageBlend", image1=image, image2=other, blend_mode="multiply"),
            lambda: (image * 0.5 + image * other * 0.5).clamp(0, 1),
        ),
        "ImageCompositeMasked": (
            lambda: call("ImageCompositeMasked", destination=image, source=other, mask=mask),
            lambda: mask[..., None] * other + (1 - mask[..., None]) * image,
        ),
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
        "MaskToImage": (lambda: call("MaskToImage", mask=mask), lambda: mask[..., None].repeat(1, 1, 1, 3)),
    }


def files(image: torch.Tensor, folder: Path) -> dict[str, tuple[Work, Work]]:
    """Pictures in files."""
    run = recording_run(folder)
    picture_of(image).save(run.folders.input / "smooth.png")

    def load() -> torch.Tensor:
        with Image.open(run.folders.input / "smooth.png") as picture:
            return tensor_of(picture.convert("RGB"))

    return {
        "LoadImage": (lambda: call("LoadImage", run, image="smooth.png"), load),
        "SaveImage": (
            lambda: call("SaveImage", run, images=image),
            lambda: picture_of(image).save(folder / "plain.png", compress_level=4),
        ),
        "SaveImageAs, webp": (
            lambda: call("SaveImageAs", run, images=image, format="webp"),
            lambda: picture_of(image).save(folder / "plain.webp", quality=90),
        ),
    }


def measure(node: Work, plain: Work) -> tuple[float, float]:
    """Medians in milliseconds; the two take turns, so that both see the same machine."""
    times: tuple[list[float], list[float]] = ([], [])
    end = time.perf_counter() + PATIENCE
    for number in range(ROUNDS + 1):
        if number > 1 and time.perf_counter() > end:
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
            ours, theirs = measure(work, plain)
            slow += ours > TARGET * theirs
            print(f"| {title} | {ours:.1f} | {theirs:.1f} | {ours / theirs:.2f} |", flush=True)
        print(f"\n{slow} nodes take more than {TARGET} times the plain call.\n")


if __name__ == "__main__":
    sys.exit(main())
