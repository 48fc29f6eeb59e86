"""What the saving nodes share: a numbered place in an output folder, and telling the user interface what was saved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO

import torch

from graphcore import Run
from nodes.imaging import save, svg
from nodes.imaging.filenames import Numbered, expand_prefix
from nodes.imaging.latent_files import write_latent
from nodes.imaging.shapes import Latent, check_image


class Outputs:
    """Files below `area` ('output' or 'temp'), named by a prefix. Each is shown, as `kind`, once it is on the disk."""

    def __init__(self, run: Run, prefix: str, area: str = "output", width: int = 0, height: int = 0):
        expanded = expand_prefix(prefix, width, height, datetime.now(), run.job.prompt)
        self.run, self.area = run, area
        self.place = Numbered.below(run.folders.area(area), expanded, run.folders.free_number)

    def save(self, suffix: str, write: Callable[[BinaryIO], None], batch: int = 0, kind: str = "images") -> None:
        """One file; stops before it if the run was cancelled."""
        self.run.check()
        name = self.place.save(suffix, write, batch)
        self.run.show(**{kind: [{"filename": name, "subfolder": self.place.subfolder, "type": self.area}]})


def outputs_for(run: Run, images: torch.Tensor, prefix: str, area: str = "output") -> Outputs:
    """The place for pictures [B,H,W,C]; `%width%` and `%height%` in the prefix are theirs."""
    check_image(images, "images")
    return Outputs(run, prefix, area, images.shape[2], images.shape[1])


def save_pngs(run: Run, images: torch.Tensor, prefix: str, area: str = "output", compress_level: int = 4) -> None:
    """One PNG for every picture of the batch."""
    outputs = outputs_for(run, images, prefix, area)
    for number, image in enumerate(images):
        picture = save.to_picture(image)
        write = partial(save.write_png, picture=picture, metadata=run.metadata, compress_level=compress_level)
        outputs.save(".png", write, number)


def save_as(run: Run, images: torch.Tensor, prefix: str, format: str, quality: int, compress_level: int) -> None:
    """One file for every picture: 'png', 'webp', 'webp (lossless)', 'jpeg' or 'avif'."""
    outputs = outputs_for(run, images, prefix)
    suffix = format.split()[0]
    for number, image in enumerate(images):
        picture, metadata = save.to_picture(image), run.metadata
        if suffix == "png":
            write = partial(save.write_png, picture=picture, metadata=metadata, compress_level=compress_level)
        elif suffix == "webp":
            lossless = format != suffix
            write = partial(save.write_webp, pictures=[picture], metadata=metadata, lossless=lossless, quality=quality)
        else:
            write = partial(
                save.write_lossy, picture=picture, metadata=metadata, format=suffix.upper(), quality=quality
            )
        outputs.save(f".{suffix}", write, number)


def save_animation(run: Run, images: torch.Tensor, prefix: str, format: str, **options: Any) -> None:
    """The whole batch as one animated 'png' or 'webp'; `options` are those of the writer."""
    outputs = outputs_for(run, images, prefix)
    pictures = save.to_pictures(images)
    writer: Callable[..., None] = save.write_apng if format == "png" else save.write_webp
    outputs.save(f".{format}", partial(writer, pictures=pictures, metadata=run.metadata, **options))
    run.show(animated=[format == "png" or len(pictures) != 1])


def save_svgs(run: Run, drawings: Any, prefix: str) -> None:
    """One SVG for every drawing of an SVG value, whose `data` is a list of open files."""
    outputs = Outputs(run, prefix)
    for number, text in enumerate(svg.texts_of(drawings)):
        made = svg.with_metadata(text, run.metadata).encode()
        outputs.save(".svg", partial(_write, data=made), number)


def _write(file: BinaryIO, data: bytes) -> None:
    file.write(data)


def save_latent(run: Run, latent: Latent, prefix: str) -> None:
    """One `.latent` file."""
    Outputs(run, prefix).save(".latent", partial(write_latent, latent=latent, metadata=run.metadata), kind="latents")
