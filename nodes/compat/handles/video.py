"""VIDEO values as packs use them: made from a file or from bytes, taken apart, and written to a file."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

from nodes.compat import installation
from nodes.media import video


class VideoContainer(StrEnum):
    """File formats."""

    AUTO = "auto"
    MP4 = "mp4"

    @classmethod
    def as_input(cls) -> list[str]:
        """The choices of a combo."""
        return [member.value for member in cls]

    @classmethod
    def get_extension(cls, value: Any) -> str:
        """A file's ending, without the dot."""
        return "mp4"


class VideoCodec(StrEnum):
    """How pictures are coded."""

    AUTO = "auto"
    H264 = "h264"

    @classmethod
    def as_input(cls) -> list[str]:
        """The choices of a combo."""
        return [member.value for member in cls]


class _Video:
    """What both kinds have in common for packs."""

    def get_frame_rate(self) -> Fraction:
        """Frames a second."""
        return self.frame_rate()  # type: ignore[attr-defined, no-any-return]

    def get_frame_count(self) -> int:
        """How many frames there are; a file is decoded to count them."""
        return sum(1 for _ in self.frames())  # type: ignore[attr-defined, misc]

    def get_duration(self) -> float:
        """Seconds."""
        return float(self.get_frame_count() / self.get_frame_rate())

    def get_container_format(self) -> str:
        """The format of its file."""
        return "mp4"

    def get_stream_source(self) -> str | io.BytesIO:
        """What a library for videos can open: the file, or its bytes."""
        target = io.BytesIO()
        self.save_to(target)
        target.seek(0)
        return target

    def save_to(
        self, path: str | os.PathLike[str] | BinaryIO, format: Any = "auto", codec: Any = "auto",
        metadata: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Write it as MP4 (H.264)."""
        from nodes.media.video_files import write_mp4

        for given, known in ((format, VideoContainer), (codec, VideoCodec)):
            known(getattr(given, "value", given))  # ValueError for what cannot be written
        run = installation.calling()
        if isinstance(path, str | os.PathLike):
            with open(path, "wb") as file:
                write_mp4(file, self, metadata or {}, run.check)  # type: ignore[arg-type]
        else:
            write_mp4(path, self, metadata or {}, run.check)  # type: ignore[arg-type]


class VideoFromFile(_Video, video.VideoFromFile):
    """A video in a file (its path), or in the bytes of one."""

    def __init__(self, file: str | os.PathLike[str] | io.BytesIO):
        super().__init__(Path(file) if isinstance(file, str | os.PathLike) else _kept(file))

    @classmethod
    def of(cls, native: video.VideoFromFile) -> VideoFromFile:
        """The form of one of ours."""
        return cls(native.path)

    def graphcore_native(self) -> Any:
        """Ours."""
        return video.VideoFromFile(self.path)

    def get_container_format(self) -> str:
        """The format of its file, by its name."""
        return self.path.suffix.lstrip(".") or "mp4"

    def get_stream_source(self) -> str | io.BytesIO:
        """The file."""
        return str(self.path)


class VideoFromComponents(_Video, video.VideoFromComponents):
    """A video made of pictures."""

    @classmethod
    def of(cls, native: video.VideoFromComponents) -> VideoFromComponents:
        """The form of one of ours."""
        return cls(native.components)

    def graphcore_native(self) -> Any:
        """Ours."""
        return video.VideoFromComponents(self.components)


def _kept(data: io.BytesIO) -> Path:
    """Bytes as a file among the temporary ones, which are deleted when the program starts or ends."""
    folder = installation.current.folders.temp
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(suffix=".mp4", dir=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(data.getvalue())
    return Path(name)
