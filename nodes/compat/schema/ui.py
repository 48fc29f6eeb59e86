"""`comfy_api.latest.ui`: what schema-style nodes show, and helpers that save it."""

from __future__ import annotations

import random
import string
import sys
from collections.abc import Sequence
from typing import Any

from nodes.compat import asking, installation
from nodes.compat.schema.hidden import HiddenHolder
from nodes.compat.schema.options import FolderType
from nodes.compat.stubs import stub


class SavedResult(dict[str, Any]):
    """A file as clients are told of it."""

    def __init__(self, filename: str, subfolder: str, type: FolderType | str):
        super().__init__(filename=filename, subfolder=subfolder, type=str(type))

    @property
    def filename(self) -> str:
        """Its name."""
        return str(self["filename"])

    @property
    def subfolder(self) -> str:
        """The folder below that of its type."""
        return str(self["subfolder"])

    @property
    def type(self) -> str:
        """'output', 'temp' or 'input'."""
        return str(self["type"])


class _Shown:
    """Something to show."""

    def as_dict(self) -> dict[str, Any]:
        """As clients are told of it."""
        raise NotImplementedError


class SavedImages(_Shown):
    """Pictures that were saved."""

    def __init__(self, results: Sequence[SavedResult], is_animated: bool = False):
        self.results, self.is_animated = list(results), is_animated

    def as_dict(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"images": self.results}
        return {**shown, "animated": (True,)} if self.is_animated else shown


class SavedAudios(_Shown):
    """Sounds that were saved."""

    def __init__(self, results: Sequence[SavedResult]):
        self.results = list(results)

    def as_dict(self) -> dict[str, Any]:
        return {"audio": self.results}


class PreviewImage(_Shown):
    """Pictures [B,H,W,C], saved to the temp folder."""

    def __init__(self, image: Any, animated: bool = False, cls: Any = None, **_: Any):
        letters = "".join(random.choices(string.ascii_lowercase, k=5))
        self.values = ImageSaveHelper.save_images(
            image, f"ComfyUI_temp_{letters}", FolderType.temp, cls=cls, compress_level=1
        )
        self.animated = animated

    def as_dict(self) -> dict[str, Any]:
        return {"images": self.values, "animated": (self.animated,)}


class PreviewMask(PreviewImage):
    """Masks [B,H,W] as grey pictures."""

    def __init__(self, mask: Any, animated: bool = False, cls: Any = None, **_: Any):
        from nodes.imaging.masks import mask_to_image

        super().__init__(mask_to_image(mask), animated, cls)


class PreviewVideo(_Shown):
    """Videos that were saved."""

    def __init__(self, values: Sequence[SavedResult], **_: Any):
        self.values = list(values)

    def as_dict(self) -> dict[str, Any]:
        return {"images": self.values, "animated": (True,)}


class PreviewText(_Shown):
    """A text."""

    def __init__(self, value: str, **_: Any):
        self.value = value

    def as_dict(self) -> dict[str, Any]:
        return {"text": (self.value,)}


class PreviewUI3D(_Shown):
    """A model file, and where it is looked at from."""

    def __init__(self, model_file: str, camera_info: Any = None, **_: Any):
        self.model_file, self.camera_info = model_file, camera_info

    def as_dict(self) -> dict[str, Any]:
        return {"result": [self.model_file, self.camera_info]}


class ImageSaveHelper:
    """Saves pictures for a node; `cls` is the node's class, whose hidden values go into the files."""

    @staticmethod
    def save_images(
        images: Any, filename_prefix: str, folder_type: FolderType, cls: Any = None, compress_level: int = 4
    ) -> list[SavedResult]:
        """One PNG for every picture [B,H,W,C]."""
        from nodes.compat.saving_class import SaveImage

        hidden = getattr(cls, "hidden", None) or HiddenHolder()
        saver = SaveImage()
        saver.output_dir = str(installation.current.folders.area(str(folder_type)))
        saver.type, saver.compress_level = str(folder_type), compress_level
        shown = saver.save_images(images, filename_prefix, hidden.prompt, hidden.extra_pnginfo)
        return [SavedResult(**row) for row in shown["ui"]["images"]]

    @staticmethod
    def get_save_images_ui(images: Any, filename_prefix: str, cls: Any = None, compress_level: int = 4) -> SavedImages:
        """The same into the output folder, as something to show."""
        return SavedImages(ImageSaveHelper.save_images(images, filename_prefix, FolderType.output, cls, compress_level))


def __getattr__(name: str) -> Any:
    """What newer versions of the reference have is a stub, for whoever is not prepared not to find it."""
    if name.startswith("_") or asking.reads_carefully(sys._getframe(1)):
        raise AttributeError(f"module 'comfy_api.latest.ui' has no attribute '{name}'")
    return stub(f"comfy_api.latest.ui.{name}")
