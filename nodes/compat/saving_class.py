"""`SaveImage` and `PreviewImage` as classes that packs derive from: they set attributes and call `save_images`."""

from __future__ import annotations

import random
import string
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from nodes.compat import installation
from nodes.compat.native_class import NativeNode


class SaveImage(NativeNode):
    """Saves pictures below `output_dir`, which `type` names to clients; `compress_level` is PNG's, 0 to 9."""

    NATIVE_ID = "SaveImage"
    FUNCTION = "save_images"

    def __init__(self) -> None:
        self.output_dir = str(installation.current.folders.output)
        self.type = "output"
        self.prefix_append = ""
        self.compress_level = 4

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, dict[str, Any]]:  # noqa: N802
        return {**super().INPUT_TYPES(), "hidden": {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"}}

    def save_images(
        self, images: Any, filename_prefix: str = "ComfyUI", prompt: Any = None, extra_pnginfo: Any = None
    ) -> dict[str, Any]:
        """Save every picture of [B,H,W,C] as PNG with its workflow; what clients are told of them."""
        from nodes.imaging import save
        from nodes.imaging.filenames import Numbered, expand_prefix

        height, width = images[0].shape[:2]
        expanded = expand_prefix(filename_prefix + self.prefix_append, width, height, datetime.now(), prompt)
        place = Numbered.below(Path(self.output_dir), expanded, installation.current.folders.free_number)
        metadata = {} if prompt is None else {"prompt": prompt}
        metadata |= extra_pnginfo or {}
        if not installation.calling().job.metadata:
            metadata = {}
        shown = []
        for number, image in enumerate(images):
            picture = save.to_picture(image)
            write = partial(save.write_png, picture=picture, metadata=metadata, compress_level=self.compress_level)
            name = place.save(".png", write, number)
            shown.append({"filename": name, "subfolder": place.subfolder, "type": self.type})
        return {"ui": {"images": shown}}


class PreviewImage(SaveImage):
    """The same into the temp folder."""

    NATIVE_ID = "PreviewImage"

    def __init__(self) -> None:
        super().__init__()
        self.output_dir = str(installation.current.folders.temp)
        self.type = "temp"
        self.prefix_append = "_temp_" + "".join(random.choices(string.ascii_lowercase, k=5))
        self.compress_level = 1


CLASSES: dict[str, type[NativeNode]] = {"SaveImage": SaveImage, "PreviewImage": PreviewImage}
