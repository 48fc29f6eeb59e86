"""Sound that is saved and loaded again, with its making."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from graphcore import Workflow
from graphcore.testing import RecordingRun, call, recording_run
from nodes.media.audio import MediaError, sound

PROMPT = {"1": {"class_type": "EmptyAudio", "inputs": {"duration": 1.0, "sample_rate": 44100, "channels": 2}}}
WORKFLOW = {"nodes": [], "links": [], "version": 0.4, "extra": {"umlaut": "ü"}}


@pytest.fixture
def run(tmp_path: Path) -> RecordingRun:
    return recording_run(tmp_path, prompt=PROMPT, extra={"workflow": WORKFLOW})


def tone(rate: int = 44100, seconds: float = 0.5, channels: int = 2) -> dict[str, Any]:
    time = torch.arange(round(rate * seconds)) / rate
    waves = [0.5 * torch.sin(2 * torch.pi * 220 * (number + 1) * time) for number in range(channels)]
    return sound(torch.stack(waves)[None], rate)


def saved(run: RecordingRun) -> Path:
    shown = run.shown["audio"][-1]
    return run.folders.area(shown["type"]) / shown["subfolder"] / shown["filename"]


SAVERS: list[tuple[str, dict[str, str], str, float]] = [
    ("SaveAudio", {}, ".flac", 1e-6),
    ("SaveAudioMP3", {"quality": "V0"}, ".mp3", 0.02),
    ("SaveAudioMP3", {"quality": "320k"}, ".mp3", 0.02),
    ("SaveAudioOpus", {"quality": "192k"}, ".opus", 0.1),
]


@pytest.mark.parametrize(("node", "options", "suffix", "error"), SAVERS)
def test_what_is_saved_sounds_the_same(
    run: RecordingRun, node: str, options: dict[str, str], suffix: str, error: float
) -> None:
    audio = tone(48000 if node == "SaveAudioOpus" else 44100)
    call(node, run, audio=audio, filename_prefix="sub/sound", **options)
    assert saved(run).name == f"sound_00001_{suffix}"
    loaded = call("LoadAudio", run, audio=f"sub/{saved(run).name} [output]").AUDIO
    assert loaded["sample_rate"] == audio["sample_rate"]
    count = audio["waveform"].shape[-1]
    assert abs(loaded["waveform"].shape[-1] - count) <= 2400
    middle = slice(4000, 16000)
    torch.testing.assert_close(loaded["waveform"][..., middle], audio["waveform"][..., middle], atol=error, rtol=0)


@pytest.mark.parametrize(("node", "options", "suffix", "error"), SAVERS[:2] + SAVERS[3:])
def test_it_carries_its_workflow(
    run: RecordingRun, node: str, options: dict[str, str], suffix: str, error: float
) -> None:
    call(node, run, audio=tone(), **options)
    found = Workflow.load(saved(run))
    assert json.loads(json.dumps(found.document)) == WORKFLOW


def test_rates_that_an_encoder_lacks_are_raised(run: RecordingRun) -> None:
    call("SaveAudioOpus", run, audio=tone(30000))
    assert call("LoadAudio", run, audio=f"audio/{saved(run).name} [output]").AUDIO["sample_rate"] == 48000


def test_every_sound_of_a_batch_is_saved_and_previews_are_not_kept(run: RecordingRun) -> None:
    batch = tone()
    batch["waveform"] = batch["waveform"].repeat(2, 1, 1)
    call("PreviewAudio", run, audio=batch)
    assert len(run.shown["audio"]) == 2
    assert saved(run).parent == run.folders.temp
    assert not list(run.folders.output.iterdir())


def test_channels_that_a_format_lacks(run: RecordingRun) -> None:
    with pytest.raises(MediaError, match="MP3 holds 2 channels"):
        call("SaveAudioMP3", run, audio=tone(channels=3))
    call("SaveAudio", run, audio=tone(channels=6))
    assert call("LoadAudio", run, audio=f"audio/{saved(run).name} [output]").AUDIO["waveform"].shape[1] == 6


def test_what_is_no_sound_file(run: RecordingRun) -> None:
    (run.folders.input / "bad.mp3").write_bytes(b"hello" * 100)
    (run.folders.input / "list.wav").write_text("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n")
    for name in ("bad.mp3", "list.wav"):
        with pytest.raises(MediaError, match="cannot be read"):
            call("LoadAudio", run, audio=name)
    call("SaveAudio", run, audio=tone())
    content = saved(run).read_bytes()
    (run.folders.input / "cut.flac").write_bytes(content[:60])
    with pytest.raises(MediaError, match=r"cut\.flac"):
        call("LoadAudio", run, audio="cut.flac")
