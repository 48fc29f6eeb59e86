"""Sound: files, cutting, joining, mixing."""

from __future__ import annotations

import random
import string
from functools import partial
from typing import Annotated, Any, Literal, NamedTuple

from graphcore import Audio, InputFile, Range, Run, Socket
from nodes.builtin.pack import pack

FILE = InputFile(
    upload="audio", extensions=frozenset({".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".mp4", ".webm"})
)
MOST = 2**64 - 1


class Sides(NamedTuple):
    """The two channels of a stereo sound."""

    left: Audio
    right: Audio


@pack.node(id="LoadAudio", title="Load Audio", category="audio", lane="io")
def load_audio(audio: Annotated[str, FILE], *, run: Run) -> Audio:
    """Load the sound of a file; a video will do too."""
    from nodes.media import audio_files

    return audio_files.load_audio(FILE.path(audio, run.folders))


@pack.node(id="RecordAudio", title="Record Audio", category="audio", lane="io")
def record_audio(audio: Annotated[str, Socket("AUDIO_RECORD")], *, run: Run) -> Audio:
    """The sound that the editor recorded with the microphone."""
    from nodes.media import audio_files

    return audio_files.load_audio(FILE.path(audio, run.folders))


def _save(run: Run, audio: Any, prefix: str, coding: Any, area: str = "output") -> None:
    from nodes.imaging.outputs import Outputs
    from nodes.media.audio import check_audio
    from nodes.media.audio_files import write_audio

    waveforms, rate = check_audio(audio)
    outputs = Outputs(run, prefix, area)
    for number, waveform in enumerate(waveforms):
        write = partial(write_audio, waveform=waveform, rate=rate, coding=coding, metadata=run.metadata)
        outputs.save(coding.suffix, write, number, kind="audio")


@pack.node(id="SaveAudio", title="Save Audio (FLAC)", category="audio", output=True, lane="io")
def save_audio(audio: Audio, filename_prefix: str = "audio/ComfyUI", *, run: Run) -> None:
    """Save a sound without loss."""
    from nodes.media.audio_files import FLAC

    _save(run, audio, filename_prefix, FLAC)


@pack.node(id="SaveAudioMP3", title="Save Audio (MP3)", category="audio", output=True, lane="io")
def save_audio_mp3(
    audio: Audio,
    filename_prefix: str = "audio/ComfyUI",
    quality: Literal["V0", "128k", "320k"] = "V0",
    *,
    run: Run,
) -> None:
    """Save a sound as MP3; V0 is the best variable rate."""
    from nodes.media.audio_files import mp3

    _save(run, audio, filename_prefix, mp3(quality))


@pack.node(id="SaveAudioOpus", title="Save Audio (Opus)", category="audio", output=True, lane="io")
def save_audio_opus(
    audio: Audio,
    filename_prefix: str = "audio/ComfyUI",
    quality: Literal["64k", "96k", "128k", "192k", "320k"] = "128k",
    *,
    run: Run,
) -> None:
    """Save a sound as Opus, at 48 kHz at most."""
    from nodes.media.audio_files import opus

    _save(run, audio, filename_prefix, opus(quality))


@pack.node(id="PreviewAudio", title="Preview Audio", category="audio", output=True, lane="io")
def preview_audio(audio: Audio, *, run: Run) -> None:
    """Let a sound be heard without keeping it."""
    from nodes.media.audio_files import FLAC

    # The letters keep the browser from playing an older preview of the same number.
    letters = "".join(random.choices(string.ascii_lowercase, k=5))
    _save(run, audio, f"ComfyUI_temp_{letters}", FLAC, "temp")


@pack.node(id="EmptyAudio", title="Empty Audio", category="audio")
def empty_audio(
    duration: Annotated[float, Range(0.0, MOST, step=0.01)] = 60.0,
    sample_rate: int = 44100,
    channels: Annotated[int, Range(1, 2)] = 2,
) -> Audio:
    """Silence of some seconds."""
    from nodes.media.audio import MediaError, silence

    if sample_rate < 1:
        raise MediaError(f"{sample_rate} is no sample rate; 44100 and 48000 are common ones.")
    return silence(duration, sample_rate, channels)


@pack.node(id="TrimAudioDuration", title="Trim Audio Duration", category="audio")
def trim_audio_duration(
    audio: Audio,
    start_index: Annotated[float, Range(-MOST, MOST, step=0.01)] = 0.0,
    duration: Annotated[float, Range(0.0, step=0.01)] = 60.0,
) -> Audio:
    """Take some seconds of a sound; a negative start counts from the end."""
    from nodes.media.audio import trim

    return trim(audio, start_index, duration)


@pack.node(id="AudioConcat", title="Audio Concat", category="audio")
def audio_concat(audio1: Audio, audio2: Audio, direction: Literal["after", "before"] = "after") -> Audio:
    """Put the second sound after the first, or before it."""
    from nodes.media.audio import concat

    return concat(audio1, audio2) if direction == "after" else concat(audio2, audio1)


@pack.node(id="AudioMerge", title="Audio Merge", category="audio")
def audio_merge(audio1: Audio, audio2: Audio, merge_method: Literal["add", "mean", "subtract", "multiply"]) -> Audio:
    """Mix two sounds."""
    from nodes.media.audio import merge

    return merge(audio1, audio2, merge_method)


@pack.node(id="AudioAdjustVolume", title="Audio Adjust Volume", category="audio")
def audio_adjust_volume(audio: Audio, volume: Annotated[int, Range(-100, 100)] = 1) -> Audio:
    """Make a sound louder or softer by some decibel."""
    from nodes.media.audio import amplify

    return amplify(audio, volume)


@pack.node(id="SplitAudioChannels", title="Split Audio Channels", category="audio")
def split_audio_channels(audio: Audio) -> Sides:
    """The left and the right channel of a stereo sound."""
    from nodes.media.audio import split_channels

    return Sides(*split_channels(audio))
