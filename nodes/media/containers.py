"""Opening media files from strangers, and what FFmpeg says in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nodes.media.audio import MediaError
from nodes.media.pyav import av

# Not every reader of FFmpeg's: playlists and the like open further files, or the network.
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,wav,flac,mp3,ogg,aac,aiff,mpegts"


@contextmanager
def opened(path: Path) -> Iterator[av.container.InputContainer]:
    """A media file to read from. MediaError says what is wrong with it."""
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    try:
        with av.open(str(path), options=options, metadata_errors="replace") as container:
            yield container
    except (av.error.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MediaError(
            f"'{path.name}' cannot be read ({reason}); it may be damaged, cut off or of an unknown format. "
            "Convert it to MP4, WebM, WAV or FLAC."
        ) from error


@contextmanager
def writing(file: Any, format: str, texts: dict[str, str], **options: str) -> Iterator[av.container.OutputContainer]:
    """A media file to write to, with `texts` in its metadata. MediaError if FFmpeg refuses."""
    try:
        with av.open(file, "w", format=format, options=options) as container:
            container.metadata.update(texts)
            yield container
    except av.error.FFmpegError as error:
        raise MediaError(
            f"The {format} file cannot be made ({error.strerror or error}); try another format."
        ) from error
