"""Pictures and latents in files: loading, saving, previewing."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple

from graphcore import Choice, Folders, Image, InputFile, Latent, Mask, Range, Run, Socket
from nodes.builtin.pack import pack

PREVIEW_NAME_LETTERS = 5


class LoadedImage(NamedTuple):
    """A picture and what of it is transparent."""

    IMAGE: Image
    MASK: Mask


@dataclass(frozen=True, slots=True)
class LatentFile(InputFile):
    """A latent in the input folder; it has no upload button."""

    extensions: frozenset[str] = frozenset({".latent"})

    def options(self) -> dict[str, Any]:
        return dict(self.extra)


PICTURE = InputFile(upload="image")
LATENT = LatentFile()
SAVED = InputFile(
    upload="image",
    extra={
        "image_folder": "output",
        "remote": {"route": "/internal/files/output", "refresh_button": True, "control_after_refresh": "first"},
    },
)


def _load(path_of: InputFile, name: str, run: Run) -> LoadedImage:
    from nodes.imaging.load import load_pictures

    return LoadedImage(*load_pictures(path_of.path(name, run.folders)))


@pack.node(id="LoadImage", title="Load Image", category="image", lane="io")
def load_image(image: Annotated[str, PICTURE], *, run: Run) -> LoadedImage:
    """Load a picture, or every frame of an animation; the mask is what is transparent."""
    return _load(PICTURE, image, run)


@pack.node(id="LoadImageOutput", title="Load Image (from Outputs)", category="image", lane="io", experimental=True)
def load_image_output(image: Annotated[str, SAVED], *, run: Run) -> LoadedImage:
    """Load a picture that an earlier run saved."""
    return _load(SAVED, image, run)


@pack.node(id="LoadImageMask", title="Load Image (as Mask)", category="mask", lane="io")
def load_image_mask(
    image: Annotated[str, PICTURE], channel: Literal["alpha", "red", "green", "blue"], *, run: Run
) -> Mask:
    """Load one channel of a picture as a mask; alpha is inverted, so that 1 means transparent."""
    from nodes.imaging.load import load_channel

    return load_channel(PICTURE.path(image, run.folders), channel)


@pack.node(id="WebcamCapture", title="Webcam Capture", category="image", lane="io")
def webcam_capture(
    image: Annotated[str, Socket("WEBCAM")],
    width: Annotated[int, Range(0, 16384, step=1)] = 0,
    height: Annotated[int, Range(0, 16384, step=1)] = 0,
    capture_on_queue: bool = True,
    *,
    run: Run,
) -> Image:
    """The picture that the editor took with the camera; its size was chosen there."""
    return _load(PICTURE, image, run).IMAGE


@pack.node(id="SaveImage", title="Save Image", category="image", output=True, lane="io")
def save_image(images: Image, filename_prefix: str = "ComfyUI", *, run: Run) -> None:
    """Save every picture as a PNG that carries its workflow; the prefix may name folders and hold tokens."""
    from nodes.imaging.outputs import save_pngs

    save_pngs(run, images, filename_prefix)


@pack.node(id="PreviewImage", title="Preview Image", category="image", output=True, lane="io")
def preview_image(images: Image, *, run: Run) -> None:
    """Show pictures without keeping them."""
    _preview(images, run)


@pack.node(id="MaskPreview", title="MaskPreview", category="mask", output=True, lane="io")
def mask_preview(mask: Mask, *, run: Run) -> None:
    """Show masks as grey pictures without keeping them."""
    from nodes.imaging.masks import mask_to_image

    _preview(mask_to_image(mask), run)


def _preview(images: Any, run: Run) -> None:
    from nodes.imaging.outputs import save_pngs

    # The letters keep the browser from showing an older preview of the same number.
    letters = "".join(random.choices(string.ascii_lowercase, k=PREVIEW_NAME_LETTERS))
    save_pngs(run, images, f"ComfyUI_temp_{letters}", "temp", compress_level=1)


def picture_folders(folders: Folders) -> list[str]:
    """The folders inside the input folder."""
    return sorted(entry.name for entry in folders.input.iterdir() if entry.is_dir()) if folders.input.is_dir() else []


def files_of(folder: str, folders: Folders) -> list[tuple[str, int, int]]:
    """What a node that loads a folder depends on."""
    from nodes.imaging.sequence import identity

    return identity(folders, folder)


@pack.node(
    id="LoadImageSetFromFolderNode",
    title="Load Image Dataset from Folder",
    category="loaders",
    lane="io",
    experimental=True,
    fingerprint=files_of,
)
def load_image_set(
    folder: Annotated[str, Choice(picture_folders)],
    resize_method: Literal["None", "Stretch", "Crop", "Pad"] | None = "None",
    *,
    run: Run,
) -> Image:
    """Load the pictures of a folder as one batch; those of another size than the first are fitted to it."""
    from nodes.imaging.load import load_batch
    from nodes.imaging.sequence import picture_files

    return load_batch(picture_files(run.folders, folder), resize_method or "None")


@pack.node(id="SaveSVGNode", title="SaveSVGNode", category="image/save", output=True, lane="io")
def save_svg(svg: Annotated[Any, Socket("SVG")], filename_prefix: str = "svg/ComfyUI", *, run: Run) -> None:
    """Save drawings as SVG files that carry their workflow."""
    from nodes.imaging import outputs

    outputs.save_svgs(run, svg, filename_prefix)


@pack.node(id="SaveAnimatedWEBP", title="SaveAnimatedWEBP", category="image/animation", output=True, lane="io")
def save_animated_webp(
    images: Image,
    filename_prefix: str = "ComfyUI",
    fps: Annotated[float, Range(0.01, 1000.0, step=0.01)] = 6.0,
    lossless: bool = True,
    quality: Annotated[int, Range(0, 100)] = 80,
    method: Literal["default", "fastest", "slowest"] = "default",
    *,
    run: Run,
) -> None:
    """Save a batch as one animated WebP."""
    from nodes.imaging.outputs import save_animation

    save_animation(run, images, filename_prefix, "webp", fps=fps, lossless=lossless, quality=quality, method=method)


@pack.node(id="SaveAnimatedPNG", title="SaveAnimatedPNG", category="image/animation", output=True, lane="io")
def save_animated_png(
    images: Image,
    filename_prefix: str = "ComfyUI",
    fps: Annotated[float, Range(0.01, 1000.0, step=0.01)] = 6.0,
    compress_level: Annotated[int, Range(0, 9)] = 4,
    *,
    run: Run,
) -> None:
    """Save a batch as one animated PNG."""
    from nodes.imaging.outputs import save_animation

    save_animation(run, images, filename_prefix, "png", fps=fps, compress_level=compress_level)


@pack.node(id="SaveLatent", title="SaveLatent", category="_for_testing", output=True, lane="io")
def save_latent(samples: Latent, filename_prefix: str = "latents/ComfyUI", *, run: Run) -> None:
    """Save a latent, with its workflow, for 'LoadLatent'."""
    from nodes.imaging import outputs

    outputs.save_latent(run, samples, filename_prefix)


@pack.node(id="LoadLatent", title="LoadLatent", category="_for_testing", lane="io")
def load_latent(latent: Annotated[str, LATENT], *, run: Run) -> Latent:
    """Load a latent that 'SaveLatent' wrote."""
    from nodes.imaging import latent_files

    return latent_files.load_latent(LATENT.path(latent, run.folders))
