"""Video in files: MP4 (H.264, AAC), WebM (VP9, AV1), and the single compressed frame that LTX-Video wants."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import chain
from typing import Any, BinaryIO

import numpy as np
import torch

from nodes.imaging.metadata import texts
from nodes.imaging.resize import to_bytes
from nodes.imaging.shapes import check_image
from nodes.media.audio import Audio, MediaError
from nodes.media.audio_files import Coding, Track
from nodes.media.containers import opened, writing
from nodes.media.pyav import av
from nodes.media.video import Video, VideoFromFile

AAC = Coding("mp4", "aac", ".m4a", "fltp", 8, bit_rate=192_000)
FRAMES_KEPT = 192 << 20  # bytes that an encoder may take for the frames that it looks ahead
# What SVT-AV1 keeps depends on its preset and on whether frames are predicted from later ones (pred-struct 2), which
# gives smaller files. Largest frame in bytes -> options.
AV1: tuple[tuple[float, dict[str, str]], ...] = (
    (3 << 19, {"preset": "6", "svtav1-params": "lp=1:lookahead=0:hierarchical-levels=3"}),
    (7 << 20, {"preset": "8", "svtav1-params": "lp=1:lookahead=0:pred-struct=1"}),
    (math.inf, {"preset": "10", "svtav1-params": "lp=1:lookahead=0:pred-struct=1"}),
)
CODECS = {"vp9": "libvpx-vp9", "av1": "libsvtav1"}


def write_mp4(file: BinaryIO, video: Video, metadata: Mapping[str, Any], check: Callable[[], None]) -> None:
    """A video as MP4; one that is H.264 in a file already is copied without loss. `check` is called for every frame."""
    with writing(file, "mp4", texts(metadata), movflags="use_metadata_tags") as container:
        if isinstance(video, VideoFromFile) and _is_h264(video):
            _copy(container, video)
            return
        _encode(container, video, "libx264", {}, check, video.audio())


def write_webm(
    file: BinaryIO,
    video: Video,
    metadata: Mapping[str, Any],
    codec: str,
    crf: float,
    check: Callable[[], None],
) -> None:
    """Pictures as WebM; `codec` vp9 or av1, `crf` 0 (best) to 63 (smallest)."""
    options = {"crf": str(int(crf)), "b": "0"} if codec == "vp9" else {"crf": str(int(crf))}
    with writing(file, "webm", texts(metadata)) as container:
        _encode(container, video, CODECS[codec], options, check)


def _is_h264(video: VideoFromFile) -> bool:
    with opened(video.path) as source:
        return bool(source.streams.video) and source.streams.video[0].codec_context.name == "h264"


def _copy(container: av.container.OutputContainer, video: VideoFromFile) -> None:
    with opened(video.path) as source:
        kept = [source.streams.video[0], *source.streams.audio[:1]]
        streams = {stream.index: container.add_stream_from_template(stream) for stream in kept}
        for packet in source.demux(kept):
            if packet.dts is not None:  # the empty packet at the end has none
                packet.stream = streams[packet.stream.index]
                container.mux(packet)


def _encode(
    container: av.container.OutputContainer,
    video: Video,
    codec: str,
    options: dict[str, str],
    check: Callable[[], None],
    audio: Audio | None = None,
) -> None:
    """All frames, with a sound between them."""
    frames, rate = video.frames(), video.frame_rate()
    first = _even(next(frames))
    stream = _stream(container, first, rate, codec, options | _lookahead(codec, first))
    track = None if audio is None else Track(container, audio, AAC)
    for number, pixels in enumerate(chain([first], map(_even, frames))):
        check()
        container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        if track is not None:
            track.write(until=float((number + 1) / rate))
    container.mux(stream.encode(None))
    if track is not None:
        track.write()


def _lookahead(codec: str, pixels: np.ndarray) -> dict[str, str]:
    """How many frames the encoder looks ahead: as many as it does by itself, if they are not too large to keep."""
    frames = max(4, FRAMES_KEPT // (3 * pixels.nbytes))  # an encoder keeps some copies of each
    if codec == "libx264":
        return {"rc-lookahead": str(min(40, frames)), "threads": str(max(2, min(16, frames // 5)))}
    if codec == "libvpx-vp9":
        return {"lag-in-frames": str(min(25, frames // 2))}
    return next(options for most, options in AV1 if pixels.nbytes <= most)


def _stream(
    container: av.container.OutputContainer, pixels: np.ndarray, rate: Fraction, codec: str, options: dict[str, str]
) -> Any:
    stream: Any = container.add_stream(codec, rate=rate, options=options)
    stream.height, stream.width = pixels.shape[:2]
    stream.pix_fmt = "yuv420p"
    return stream


def _even(pixels: np.ndarray) -> np.ndarray:
    """Without an odd last row or column, as colour comes in cells of 2x2 pixels. MediaError if nothing is left."""
    height, width = (side - side % 2 for side in pixels.shape[:2])
    if min(width, height) < 2:
        raise MediaError(f"A video needs at least 2x2 pixels; this one has {pixels.shape[1]}x{pixels.shape[0]}.")
    return np.ascontiguousarray(pixels[:height, :width])


def compress_frames(image: torch.Tensor, crf: int) -> torch.Tensor:
    """[B,H,W,C>=3], each picture coded as H.264 of quality `crf` (1 fine to 100 coarse) and back; 0 changes nothing.

    Video models see compressed frames only; sizes are cut to even ones.
    """
    if check_image(image).shape[-1] < 3:
        raise MediaError(f"Video frames are colour pictures; this one has {image.shape[-1]} channel(s).")
    if crf == 0:
        return image
    return torch.stack([_compressed(_even(to_bytes(picture[..., :3])), crf) for picture in image]).to(image)


def _compressed(pixels: np.ndarray, crf: int) -> torch.Tensor:
    buffer = io.BytesIO()
    with writing(buffer, "mp4", {}) as container:
        stream = _stream(container, pixels, Fraction(1), "libx264", {"crf": str(crf), "preset": "veryfast"})
        container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    buffer.seek(0)
    with av.open(buffer, "r") as coded:
        frame = next(coded.decode(video=0))
        return torch.from_numpy(frame.to_ndarray(format="rgb24")).float().div_(255.0)
