"""Sound in files: reading whatever FFmpeg reads, writing FLAC, MP3 and Opus."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch

from nodes.imaging.metadata import texts
from nodes.imaging.shapes import check_room
from nodes.media.audio import Audio, MediaError, check_audio, resample, sound
from nodes.media.containers import opened, writing
from nodes.media.pyav import av

MOST_SAMPLES = 1 << 16  # of a frame
PARTS = 1000  # of a block
LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


@dataclass(frozen=True, slots=True)
class Coding:
    """How a file of sound is written: container format, encoder, file suffix, sample format."""

    format: str
    codec: str
    suffix: str
    samples: str
    most_channels: int
    options: Mapping[str, str] = field(default_factory=dict)
    bit_rate: int = 0


FLAC = Coding("flac", "flac", ".flac", "s32", 8)  # FLAC keeps the upper 24 bits


def mp3(quality: str) -> Coding:
    """MP3 of a constant rate such as '320k', or 'V0' for the best variable one."""
    if quality == "V0":
        return Coding("mp3", "libmp3lame", ".mp3", "fltp", 2, {"flags": "+qscale", "global_quality": "0"})
    return Coding("mp3", "libmp3lame", ".mp3", "fltp", 2, bit_rate=_bits(quality))


def opus(quality: str) -> Coding:
    """Opus in Ogg, of a rate such as '128k'."""
    return Coding("ogg", "libopus", ".opus", "flt", 8, bit_rate=_bits(quality))


def _bits(quality: str) -> int:
    return int(quality.removesuffix("k")) * 1000


def load_audio(path: Path) -> Audio:
    """The first sound of a file, a batch of one, all its channels at its own rate. MediaError if there is none."""
    with opened(path) as container:
        found = read_audio(container)
    if found is None:
        raise MediaError(f"'{path.name}' holds no sound; choose a file with some.")
    return found


def read_audio(container: av.container.InputContainer) -> Audio | None:
    """The first sound of an open file; None if it has none."""
    if not container.streams.audio:
        return None
    stream = container.streams.audio[0]
    resampler = av.AudioResampler(format="fltp")
    blocks = Blocks()
    for frame in container.decode(stream):
        frame.pts = None  # gaps in damaged files are no reason to stop
        for part in resampler.resample(frame):
            check_room(1, len(part.layout.channels), blocks.count + part.samples, what="sound")
            blocks.add(part.to_ndarray())
    return sound(torch.from_numpy(blocks.joined())[None], stream.rate) if blocks.count else None


class Blocks:
    """Sound [C,T] that arrives bit by bit; collected so that joining it does not take its memory twice."""

    def __init__(self) -> None:
        self.count = 0
        self._blocks: deque[np.ndarray] = deque()
        self._parts: list[np.ndarray] = []

    def add(self, part: np.ndarray) -> None:
        """Append [C,n]. Large blocks, unlike small ones, go back to the system when they are given up."""
        self._parts.append(part)
        self.count += part.shape[1]
        if len(self._parts) == PARTS:
            self._close()

    def joined(self) -> np.ndarray:
        """All of it; what was collected is given up block by block."""
        self._close()
        whole = np.empty((len(self._blocks[0]), self.count), np.float32)
        start = 0
        while self._blocks:
            block = self._blocks.popleft()
            whole[:, start : start + block.shape[1]] = block
            start += block.shape[1]
        return whole

    def _close(self) -> None:
        if self._parts:
            self._blocks.append(np.concatenate(self._parts, axis=1))
            self._parts = []


def write_audio(file: BinaryIO, waveform: torch.Tensor, rate: int, coding: Coding, metadata: Mapping[str, Any]) -> None:
    """One sound [C,T]; it is resampled to a rate that the encoder takes."""
    if waveform.shape[0] > coding.most_channels:
        raise MediaError(
            f"{coding.suffix[1:].upper()} holds {coding.most_channels} channels at most, not {waveform.shape[0]}; "
            "save as FLAC or split the channels."
        )
    with writing(file, coding.format, texts(metadata)) as container:
        Track(container, sound(waveform[None], rate), coding).write()


class Track:
    """A sound, the first of its batch, on its way into an open file, beside other streams of it."""

    def __init__(self, container: av.container.OutputContainer, audio: Audio, coding: Coding):
        waveform, rate = check_audio(audio)
        self.rate = _nearest_rate(rate, av.Codec(coding.codec, "w").audio_rates)
        self.samples = resample(waveform[:1].float(), rate, self.rate)[0].cpu().numpy()
        self.container, self.position = container, 0
        layout = LAYOUTS.get(self.samples.shape[0])
        if layout is None:
            raise MediaError(f"A sound of {self.samples.shape[0]} channels cannot be saved; 8 is the most.")
        stream: Any = container.add_stream(coding.codec, rate=self.rate, layout=layout, options=dict(coding.options))
        stream.format = coding.samples
        if coding.bit_rate:
            stream.bit_rate = coding.bit_rate
        self.stream, self.layout = stream, layout

    def write(self, until: float | None = None) -> None:
        """Write what comes before a time in seconds; all the rest, and the end, without one."""
        count = self.samples.shape[1]
        end = count if until is None else min(count, round(until * self.rate))
        for start in range(self.position, end, MOST_SAMPLES):
            part = np.ascontiguousarray(self.samples[:, start : min(start + MOST_SAMPLES, end)].clip(-1, 1))
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=self.layout)
            frame.sample_rate, frame.pts, frame.time_base = self.rate, start, Fraction(1, self.rate)
            self.container.mux(self.stream.encode(frame))
        self.position = max(self.position, end)
        if until is None:
            self.container.mux(self.stream.encode(None))


def _nearest_rate(rate: int, offered: list[int] | None) -> int:
    """The rate itself, if an encoder takes it; else the next higher one, or the highest."""
    if not offered or rate in offered:
        return rate
    return min((known for known in offered if known > rate), default=max(offered))
