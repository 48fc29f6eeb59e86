"""Arithmetic of sounds."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from graphcore.testing import call
from nodes.media.audio import MediaError, check_audio, resample, sound


def ramp(samples: int = 8, channels: int = 2, rate: int = 8) -> dict[str, Any]:
    return sound(torch.linspace(-1, 1, samples).expand(1, channels, samples), rate)


def test_silence() -> None:
    audio = call("EmptyAudio", duration=0.5, sample_rate=8000).AUDIO
    assert audio["sample_rate"] == 8000
    assert audio["waveform"].shape == (1, 2, 4000)
    assert not audio["waveform"].any()
    with pytest.raises(MediaError, match="no sample rate"):
        call("EmptyAudio", sample_rate=0)


@pytest.mark.parametrize(
    ("start", "seconds", "kept"), [(0.25, 0.5, slice(2, 6)), (-0.5, 9, slice(4, 8)), (-9, 0.25, slice(0, 2))]
)
def test_trim(start: float, seconds: float, kept: slice) -> None:
    audio = ramp()
    part = call("TrimAudioDuration", audio=audio, start_index=start, duration=seconds).AUDIO
    assert torch.equal(part["waveform"], audio["waveform"][..., kept])
    with pytest.raises(MediaError, match="leave nothing"):
        call("TrimAudioDuration", audio=audio, start_index=1.0)


def test_concat_matches_channels_and_rates() -> None:
    one, other = ramp(8, 1, 8), ramp(16, 2, 16)
    joined = call("AudioConcat", audio1=one, audio2=other).AUDIO
    assert joined["sample_rate"] == 16
    assert joined["waveform"].shape == (1, 2, 32)
    assert torch.equal(joined["waveform"][..., 16:], other["waveform"])
    before = call("AudioConcat", audio1=one, audio2=other, direction="before").AUDIO["waveform"]
    assert torch.equal(before[..., :16], other["waveform"])


@pytest.mark.parametrize(("method", "value"), [("add", 0.75), ("mean", 0.375), ("subtract", 0.25), ("multiply", 0.125)])
def test_merge(method: str, value: float) -> None:
    one, other = (sound(torch.full((1, 1, count), level), 8) for count, level in ((4, 0.5), (2, 0.25)))
    wave = call("AudioMerge", audio1=one, audio2=other, merge_method=method).AUDIO["waveform"][0, 0]
    rest = {"mean": 0.25, "multiply": 0.0}.get(method, 0.5)
    assert wave.tolist() == [value, value, rest, rest]


def test_the_first_sound_says_how_long_and_nothing_is_clipped() -> None:
    loud, longer = sound(torch.tensor([[[0.5, -1.0, 0.25]]]), 8), sound(torch.ones(1, 1, 9), 8)
    wave = call("AudioMerge", audio1=loud, audio2=longer, merge_method="add").AUDIO["waveform"][0, 0]
    torch.testing.assert_close(wave, torch.tensor([1.5, 0.0, 1.25]) / 1.5)


def test_volume_is_in_decibel() -> None:
    audio = ramp()
    louder = call("AudioAdjustVolume", audio=audio, volume=20).AUDIO["waveform"]
    torch.testing.assert_close(louder, audio["waveform"] * 10)


def test_channels() -> None:
    audio = sound(torch.rand(2, 2, 5), 8)
    left, right = call("SplitAudioChannels", audio=audio)
    assert torch.equal(torch.cat((left["waveform"], right["waveform"]), 1), audio["waveform"])
    with pytest.raises(MediaError, match="only a stereo sound"):
        call("SplitAudioChannels", audio=left)


def test_resampling_keeps_a_tone() -> None:
    def tone(rate: int) -> torch.Tensor:
        return torch.sin(torch.arange(rate) / rate * 2 * torch.pi * 40)[None, None]

    middle = slice(1000, 7000)
    torch.testing.assert_close(
        resample(tone(4000), 4000, 8000)[..., middle], tone(8000)[..., middle], atol=2e-3, rtol=0
    )


@pytest.mark.parametrize(
    ("audio", "says"),
    [
        (None, "has none"),
        ({}, "is no sound"),
        ({"waveform": torch.zeros(1, 1), "sample_rate": 8}, "is no sound"),
        ({"waveform": torch.zeros(1, 1, 0), "sample_rate": 8}, "is empty"),
    ],
)
def test_what_is_no_sound(audio: Any, says: str) -> None:
    with pytest.raises(MediaError, match=says):
        check_audio(audio)


def test_what_does_not_go_together() -> None:
    with pytest.raises(MediaError, match="2 and 3 channels"):
        call("AudioConcat", audio1=ramp(channels=2), audio2=ramp(channels=3))
