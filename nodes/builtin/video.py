"""Video: files, and pictures with a sound."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal, NamedTuple

from graphcore import Audio, Image, InputFile, Range, Run, Video
from nodes.builtin.pack import pack

FILE = InputFile(upload="video")


class Components(NamedTuple):
    """A video taken apart."""

    images: Image
    audio: Audio
    fps: float


class Preprocessed(NamedTuple):
    """A picture as a video model saw it in training."""

    output_image: Image


@pack.node(id="LoadVideo", title="Load Video", category="image/video", lane="io")
def load_video(file: Annotated[str, FILE], *, run: Run) -> Video:
    """Name a video file; it is read when its frames are asked for."""
    from nodes.media.video import VideoFromFile

    return VideoFromFile(FILE.path(file, run.folders))


@pack.node(id="CreateVideo", title="Create Video", category="image/video")
def create_video(
    images: Image, fps: Annotated[float, Range(1.0, 120.0, step=1.0)] = 30.0, audio: Audio | None = None
) -> Video:
    """Make a video of pictures, with a sound or without."""
    from nodes.media import video

    return video.create_video(images, audio, fps)


@pack.node(id="GetVideoComponents", title="Get Video Components", category="image/video", lane="io")
def get_video_components(video: Video) -> Components:
    """Take a video apart: its frames, its sound, and how many frames a second."""
    components = video.get_components()
    return Components(components.images, components.audio, float(components.frame_rate))


@pack.node(id="SaveVideo", title="Save Video", category="image/video", output=True, lane="io")
def save_video(
    video: Video,
    filename_prefix: str = "video/ComfyUI",
    format: Literal["auto", "mp4"] = "auto",
    codec: Literal["auto", "h264"] = "auto",
    *,
    run: Run,
) -> None:
    """Save a video, with its workflow, as MP4; H.264 from a file is copied as it is."""
    from nodes.media.video_files import write_mp4

    _save(run, video, filename_prefix, ".mp4", partial(write_mp4, video=video, metadata=run.metadata, check=run.check))


@pack.node(id="SaveWEBM", title="SaveWEBM", category="image/video", output=True, lane="io", experimental=True)
def save_webm(
    images: Image,
    filename_prefix: str = "ComfyUI",
    codec: Literal["vp9", "av1"] = "vp9",
    fps: Annotated[float, Range(0.01, 1000.0, step=0.01)] = 24.0,
    crf: Annotated[float, Range(0, 63.0, step=1)] = 32.0,
    *,
    run: Run,
) -> None:
    """Save pictures, with their workflow, as a WebM video; a higher crf is smaller and coarser."""
    from nodes.media import video
    from nodes.media.video_files import write_webm

    made = video.create_video(images, None, fps)
    write = partial(write_webm, video=made, metadata=run.metadata, codec=codec, crf=crf, check=run.check)
    _save(run, made, filename_prefix, ".webm", write)


def _save(run: Run, video: Any, prefix: str, suffix: str, write: Any) -> None:
    from nodes.imaging.outputs import Outputs

    Outputs(run, prefix, "output", *video.get_dimensions()).save(suffix, write, kind="video")


@pack.node(id="LTXVPreprocess", title="LTXVPreprocess", category="image")
def ltxv_preprocess(image: Image, img_compression: Annotated[int, Range(0, 100)] = 35) -> Preprocessed:
    """Compress a picture as a video frame would be, which LTX-Video expects of its first frame; 0 leaves it."""
    from nodes.media.video_files import compress_frames

    return Preprocessed(compress_frames(image, img_compression))
