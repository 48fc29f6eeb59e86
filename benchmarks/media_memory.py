"""What nodes of sound and video take over their inputs and results.

Run it from the repository: `python -m benchmarks.media_memory` (Linux). Each node runs in a process of its own; the
peak of its resident memory above what it held before, less its result. 48 frames of 1920x1080; ten minutes of stereo.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from graphcore.testing import RecordingRun, call, recording_run

FRAMES, HEIGHT, WIDTH = 48, 1080, 1920
RATE, SECONDS = 44100, 600
BOUND = 256  # MiB
Work = Callable[[], Any]


def frames() -> torch.Tensor:
    """Pictures that share one picture's memory, so that the inputs are small."""
    coarse = torch.rand(1, HEIGHT // 8, WIDTH // 8, 3)
    return coarse.repeat_interleave(8, 1).repeat_interleave(8, 2).expand(FRAMES, -1, -1, -1)


def noise() -> dict[str, Any]:
    """A sound."""
    return {"waveform": torch.rand(1, 2, RATE * SECONDS) - 0.5, "sample_rate": RATE}


def saved(run: RecordingRun, node: str, **inputs: Any) -> str:
    """The annotated name of a file that a node saves."""
    call(node, run, **inputs)
    shown = run.shown["video" if node == "SaveVideo" else "audio"][-1]
    return f"{shown['subfolder']}/{shown['filename']} [output]"


def video() -> Any:
    """A video made of pictures."""
    return call("CreateVideo", images=frames(), fps=24.0).VIDEO


def save_video(run: RecordingRun) -> Work:
    made = video()
    return lambda: call("SaveVideo", run, video=made)


def save_webm(codec: str) -> Callable[[RecordingRun], Work]:
    def prepared(run: RecordingRun) -> Work:
        images = frames()
        return lambda: call("SaveWEBM", run, images=images, codec=codec)

    return prepared


def take_apart(run: RecordingRun) -> Work:
    loaded = call("LoadVideo", run, file=saved(run, "SaveVideo", video=video())).VIDEO
    return lambda: call("GetVideoComponents", video=loaded).images


def load_animation(run: RecordingRun) -> Work:
    call("SaveAnimatedPNG", run, images=frames(), compress_level=1)
    return lambda: call("LoadImage", run, image=f"{run.shown['images'][-1]['filename']} [output]").IMAGE


def load_audio(run: RecordingRun) -> Work:
    name = saved(run, "SaveAudio", audio=noise())
    return lambda: call("LoadAudio", run, audio=name).AUDIO["waveform"]


def save_audio(run: RecordingRun) -> Work:
    audio = noise()
    return lambda: call("SaveAudio", run, audio=audio)


def merge(run: RecordingRun) -> Work:
    one, other = noise(), noise()
    return lambda: call("AudioMerge", audio1=one, audio2=other, merge_method="add").AUDIO["waveform"]


WORKS: dict[str, Callable[[RecordingRun], Work]] = {
    "SaveVideo": save_video,
    "SaveWEBM, vp9": save_webm("vp9"),
    "SaveWEBM, av1": save_webm("av1"),
    "GetVideoComponents": take_apart,
    "LoadImage, of an animation": load_animation,
    "SaveAudio": save_audio,
    "LoadAudio": load_audio,
    "AudioMerge": merge,
}


def memory(field: str) -> int:
    """MiB of this process: `VmRSS` now, `VmHWM` at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith(field))


def measure(name: str) -> int:
    """MiB over inputs and result, in this process."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        run = recording_run(folder)
        call(
            "SaveVideo", run, video=call("CreateVideo", images=torch.rand(2, 64, 64, 3)).VIDEO
        )  # imports what it needs
        work = WORKS[name](run)
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        before = memory("VmRSS")
        made = work()
        result = made.numel() * made.element_size() >> 20 if isinstance(made, torch.Tensor) else 0
        return memory("VmHWM") - before - result


def main() -> None:
    """Print the table."""
    if len(sys.argv) > 1:
        print(measure(sys.argv[1]))
        return
    print(f"| node | MiB over inputs and result (bound {BOUND}) |\n|---|--:|")
    for name in WORKS:
        command = [sys.executable, "-m", "benchmarks.media_memory", name]
        made = subprocess.run(command, capture_output=True, text=True, check=True)
        print(f"| {name} | {made.stdout.strip()} |", flush=True)


if __name__ == "__main__":
    main()
