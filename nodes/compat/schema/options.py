"""Small records that inputs of the schema style are configured with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal


class FolderType(StrEnum):
    """Which folder a combo of files lists."""

    input = "input"
    output = "output"
    temp = "temp"


class UploadType(StrEnum):
    """The upload button of a combo; the value is the option key that clients look for."""

    image = "image_upload"
    audio = "audio_upload"
    video = "video_upload"
    model = "file_upload"


class NumberDisplay(StrEnum):
    """How a number is entered."""

    number = "number"
    slider = "slider"


class ControlAfterGenerate(StrEnum):
    """What the editor does to a seed after each run."""

    fixed = "fixed"
    increment = "increment"
    decrement = "decrement"
    randomize = "randomize"


@dataclass
class RemoteOptions:
    """A combo whose options the client fetches from `route`; times in milliseconds."""

    route: str
    refresh_button: bool
    control_after_refresh: Literal["first", "last"] = "first"
    timeout: int | None = None
    max_retries: int | None = None
    refresh: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The option as clients read it; what is None is left out."""
        return without_none(vars(self))


def without_none(options: dict[str, Any]) -> dict[str, Any]:
    """The options that were given."""
    return {key: value for key, value in options.items() if value is not None}
