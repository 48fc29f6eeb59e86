"""VIDEO values: a file that is not read yet, or frames with a sound; both give frames one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from nodes.imaging.resize import to_bytes
from nodes.imaging.shapes import check_image, check_room
from nodes.media.audio import Audio, MediaError, check_audio
from nodes.media.audio_files import read_audio
from nodes.media.containers import opened

UNKNOWN_RATE = Fraction(24)
BLOCK = 48 << 20  # bytes; memory of this size goes back to the system at once when it is given up


@dataclass(frozen=True, slots=True)
class VideoComponents:
    """A video taken apart: pictures [N,H,W,3], sound or None, frames a second."""

    images: torch.Tensor
    audio: Audio | None
    frame_rate: Fraction


@dataclass(frozen=True, slots=True)
class VideoFromFile:
    """A video in a file, read when it is asked for."""

    path: Path

    def get_components(self) -> VideoComponents:
        """All frames, sound and rate. MediaError if the file cannot be read."""
        blocks: deque[np.ndarray] = deque()
        count = 0
        for frame in self.frames():
            if blocks and frame.shape != blocks[0].shape[1:]:
                height, width = frame.shape[:2]
                raise MediaError(f"Frame {count + 1} is {width}x{height}, unlike those before; convert the video anew.")
            length = max(1, BLOCK // frame.nbytes)
            if count % length == 0:
                check_room(count + length, *frame.shape, what="video")
                blocks.append(np.empty((length, *frame.shape), np.uint8))
            blocks[-1][count % length] = frame
            count += 1
        images = torch.empty(count, *blocks[0].shape[1:])
        start = 0
        while blocks:  # given up one by one, so that the video is not there twice
            block = torch.from_numpy(blocks.popleft())[: count - start]
            images[start : start + len(block)].copy_(block).div_(255.0)
            start += len(block)
        return VideoComponents(images, self.audio(), self.frame_rate())

    def frames(self) -> Iterator[np.ndarray]:
        """Every frame, upright, as 8-bit values [H,W,3]. MediaError if there is none."""
        count = 0
        with opened(self.path) as container:
            for frame in container.decode(video=0) if container.streams.video else ():
                count += 1
                turned = np.rot90(frame.to_ndarray(format="rgb24"), k=round(frame.rotation / 90))
                yield np.ascontiguousarray(turned)
        if not count:
            raise MediaError(f"'{self.path.name}' holds no video; choose a file with some.")

    def audio(self) -> Audio | None:
        """The sound, if there is one."""
        with opened(self.path) as container:
            return read_audio(container)

    def frame_rate(self) -> Fraction:
        """Frames a second."""
        with opened(self.path) as container:
            rate = container.streams.video[0].average_rate if container.streams.video else None
            return Fraction(rate) if rate else UNKNOWN_RATE

    def get_dimensions(self) -> tuple[int, int]:
        """Width and height of the first frame."""
        height, width = next(self.frames()).shape[:2]
        return width, height


@dataclass(frozen=True, slots=True)
class VideoFromComponents:
    """A video made of pictures."""

    components: VideoComponents

    def get_components(self) -> VideoComponents:
        """What it was made of."""
        return self.components

    def frames(self) -> Iterator[np.ndarray]:
        """Every frame as 8-bit values [H,W,3]."""
        for image in self.components.images:
            yield np.ascontiguousarray(to_bytes(image[..., :3].expand(-1, -1, 3)))

    def audio(self) -> Audio | None:
        """The sound, if there is one."""
        return self.components.audio

    def frame_rate(self) -> Fraction:
        """Frames a second."""
        return self.components.frame_rate

    def get_dimensions(self) -> tuple[int, int]:
        """Width and height."""
        return int(self.components.images.shape[2]), int(self.components.images.shape[1])


Video = VideoFromFile | VideoFromComponents


def create_video(images: torch.Tensor, audio: Audio | None, fps: float) -> VideoFromComponents:
    """A video of a batch of pictures [N,H,W,C] with a sound, or without."""
    if check_image(images, "images").shape[-1] not in (1, 3, 4):
        raise MediaError(f"Videos hold pictures of 1, 3 or 4 channels, not {images.shape[-1]}.")
    if audio is not None:
        check_audio(audio)
    return VideoFromComponents(VideoComponents(images, audio, rate_of(fps)))


def rate_of(fps: float) -> Fraction:
    """Frames a second as the fraction that files hold; 29.97 is 2997/100."""
    return Fraction(round(fps * 1000), 1000)
