"""Rough pictures of what is being sampled: by TAESD where its file is there, else by a linear map to RGB."""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from torch import Tensor

from graphcore.errors import ModelError
from graphcore.preview_method import PreviewMethod, preview_method
from nodes.sampling.latent_formats import LatentFormat

if TYPE_CHECKING:
    from graphcore.folders import Folders
    from nodes.models.taesd import Taesd

log = logging.getLogger(__name__)

INTERVAL = 0.05  # seconds; pictures come no faster than eyes can follow
SHARE = 0.05  # of the time, at most, that previews take from sampling
ENDINGS = (".safetensors", ".sft")


class Previewer:
    """Makes pictures of predictions in one latent format by the method that is set, no oftener than they are worth."""

    def __init__(self, latent_format: LatentFormat, folders: Folders, clock: Callable[[], float] = time.monotonic):
        self._format, self._folders, self._clock = latent_format, folders, clock
        self._method = preview_method(os.environ)
        self._next = math.inf if self._method is PreviewMethod.NONE else 0.0
        self._decoder: Taesd | None = None
        self._searched = False

    def __call__(self, denoised: Tensor) -> Image.Image | None:
        """A picture of the first item of a prediction [B,C,...] in model space; None if it is too early for one."""
        start = self._clock()
        if start < self._next:
            return None
        picture = self._picture(denoised)
        end = self._clock()
        self._next = start + max(INTERVAL, (end - start) / SHARE)
        return picture

    def _picture(self, denoised: Tensor) -> Image.Image | None:
        if not self._searched:
            if self._method is not PreviewMethod.LATENT2RGB:
                self._decoder = decoder_for(self._format, self._folders)
            self._searched = True
        if self._decoder is None or denoised.ndim != 4:
            rough = self._format.preview_image(denoised)
            return None if rough is None else Image.fromarray(rough.cpu().numpy())
        picture = self._decoder.decode(denoised[:1])[0].movedim(0, -1)
        return Image.fromarray((picture * 255).round().byte().cpu().numpy())


def decoder_for(latent_format: LatentFormat, folders: Folders) -> Taesd | None:
    """The small decoder of this format, if its file is among the vae_approx; a damaged one is named in the log."""
    if latent_format.taesd is None:
        return None
    start = f"{latent_format.taesd}_decoder"
    name = next(
        (n for n in folders.names("vae_approx") if Path(n).name.startswith(start) and n.endswith(ENDINGS)), None
    )
    return None if name is None else _loaded(folders.find("vae_approx", name))


@lru_cache(maxsize=2)
def _loaded(path: Path) -> Taesd | None:
    from nodes.models.taesd import load_taesd

    try:
        return load_taesd(path)
    except ModelError as error:
        log.warning("Previews are made without TAESD: %s", error)
        return None
