"""Video that is made, saved, loaded and taken apart."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from graphcore import Workflow
from graphcore.testing import RecordingRun, call, recording_run
from nodes.media.audio import MediaError, sound
from nodes.media.video import VideoFromFile, create_video, rate_of
from tests.nodes.media.test_audio_files import PROMPT, WORKFLOW, tone


@pytest.fixture
def run(tmp_path: Path) -> RecordingRun:
    return recording_run(tmp_path, prompt=PROMPT, extra={"workflow": WORKFLOW})


def frames(count: int = 12, height: int = 64, width: int = 96) -> torch.Tensor:
    """Smooth pictures that change from frame to frame."""
    x = torch.linspace(0, 1, width).expand(height, width)
    y = torch.linspace(0, 1, height)[:, None].expand(height, width)
    return torch.stack([torch.stack((x, y, torch.full_like(x, i / count)), -1) for i in range(count)])


def saved(run: RecordingRun) -> Path:
    shown = run.shown["video"][-1]
    return run.folders.area(shown["type"]) / shown["subfolder"] / shown["filename"]


def test_a_video_comes_back_with_its_sound(run: RecordingRun) -> None:
    images, audio = frames(), tone(44100, 0.5)
    video = call("CreateVideo", images=images, fps=24.0, audio=audio).VIDEO
    call("SaveVideo", run, video=video, filename_prefix="video/%width%x%height%")
    assert saved(run).name == "96x64_00001_.mp4"
    loaded = call("LoadVideo", run, file=f"video/{saved(run).name} [output]").VIDEO
    parts = call("GetVideoComponents", video=loaded)
    assert parts.fps == 24
    assert loaded.get_dimensions() == (96, 64)
    assert parts.images.shape == images.shape
    assert (parts.images - images).abs().mean() < 0.02
    assert parts.audio["sample_rate"] == 44100
    assert abs(parts.audio["waveform"].shape[-1] - 22050) < 2100
    assert parts.audio["waveform"].std() == pytest.approx(float(audio["waveform"].std()), rel=0.1)


def test_h264_is_copied_as_it_is(run: RecordingRun) -> None:
    call("SaveVideo", run, video=create_video(frames(), tone(), 24.0))
    first = saved(run)
    loaded = call("LoadVideo", run, file=f"video/{first.name} [output]").VIDEO
    call("SaveVideo", run, video=loaded)
    assert saved(run) != first
    again = call("LoadVideo", run, file=f"video/{saved(run).name} [output]").VIDEO
    assert torch.equal(again.get_components().images, loaded.get_components().images)
    assert again.get_components().audio["waveform"].shape == loaded.get_components().audio["waveform"].shape


@pytest.mark.parametrize("codec", ["vp9", "av1"])
def test_webm(run: RecordingRun, codec: str) -> None:
    images = frames(5)
    call("SaveWEBM", run, images=images, codec=codec, fps=12.5, crf=20.0)
    assert Workflow.load(saved(run)).document == WORKFLOW
    parts = call("GetVideoComponents", video=call("LoadVideo", run, file=f"{saved(run).name} [output]").VIDEO)
    assert (parts.fps, parts.audio) == (12.5, None)
    assert (parts.images - images).abs().mean() < 0.03
    call("SaveVideo", run, video=call("LoadVideo", run, file=f"{saved(run).name} [output]").VIDEO)
    with av.open(str(saved(run))) as container:
        assert container.streams.video[0].codec_context.name == "h264"


def test_mp4_carries_its_workflow(run: RecordingRun) -> None:
    call("SaveVideo", run, video=create_video(frames(2), None, 24.0))
    assert json.loads(json.dumps(Workflow.load(saved(run)).document)) == WORKFLOW
    copy = recording_run(run.folders.output.parent, prompt=PROMPT, extra={})
    copy.job.metadata = False
    call("SaveVideo", copy, video=create_video(frames(2), None, 24.0))
    with av.open(str(saved(copy))) as container:
        assert "prompt" not in container.metadata


def test_odd_sizes_lose_a_row_and_tiny_ones_are_refused(run: RecordingRun) -> None:
    call("SaveVideo", run, video=create_video(frames(2, 65, 97), None, 24.0))
    loaded = call("LoadVideo", run, file=f"video/{saved(run).name} [output]").VIDEO
    assert loaded.get_dimensions() == (96, 64)
    with pytest.raises(MediaError, match="at least 2x2"):
        call("SaveVideo", run, video=create_video(torch.rand(1, 1, 8, 3), None, 24.0))
    assert not list(run.folders.output.rglob("*.part"))


def test_sound_alone_is_no_video(run: RecordingRun) -> None:
    call("SaveAudio", run, audio=tone())
    audio = run.folders.output / "audio" / run.shown["audio"][0]["filename"]
    audio.rename(run.folders.input / "sound.mp4")
    with pytest.raises(MediaError, match="holds no video"):
        call("GetVideoComponents", video=call("LoadVideo", run, file="sound.mp4").VIDEO)
    (run.folders.input / "bad.mp4").write_bytes(b"nothing" * 50)
    with pytest.raises(MediaError, match="cannot be read"):
        call("GetVideoComponents", video=call("LoadVideo", run, file="bad.mp4").VIDEO)


def test_frames_of_several_sizes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [(4, 6, 3), (4, 6, 3), (6, 4, 3)]
    monkeypatch.setattr(VideoFromFile, "frames", lambda self: iter([np.zeros(size, np.uint8) for size in sizes]))
    with pytest.raises(MediaError, match="Frame 3 is 4x6"):
        VideoFromFile(Path("a.mp4")).get_components()


@pytest.mark.parametrize("codec", ["vp9", "av1"])
@pytest.mark.parametrize(("height", "width"), [(512, 1024), (864, 1536), (1440, 2560)])
def test_large_webm_is_coded_within_its_memory(run: RecordingRun, codec: str, height: int, width: int) -> None:
    """The larger the frames, the less the encoder keeps of them; all of them come out."""
    images = frames(3, height, width)
    call("SaveWEBM", run, images=images, codec=codec, crf=40.0)
    parts = call("GetVideoComponents", video=call("LoadVideo", run, file=f"{saved(run).name} [output]").VIDEO)
    assert parts.images.shape == images.shape
    assert (parts.images - images).abs().mean() < 0.03


def test_rates_are_fractions() -> None:
    assert rate_of(29.97) == Fraction(2997, 100)
    assert rate_of(24) == 24


@pytest.mark.parametrize(("images", "says"), [(torch.rand(2, 4, 4, 2), "1, 3 or 4 channels")])
def test_what_makes_no_video(images: torch.Tensor, says: str) -> None:
    with pytest.raises(MediaError, match=says):
        create_video(images, sound(torch.zeros(1, 1, 4), 8), 24.0)


def test_compressed_frames(run: RecordingRun) -> None:
    images = frames(2, 33, 64)
    assert call("LTXVPreprocess", image=images, img_compression=0).output_image is images
    rough = call("LTXVPreprocess", image=images, img_compression=40).output_image
    assert rough.shape == (2, 32, 64, 3)
    assert 0.001 < (rough - images[:, :32]).abs().mean() < 0.1
    with pytest.raises(MediaError, match="colour pictures"):
        call("LTXVPreprocess", image=images[..., :1], img_compression=40)
