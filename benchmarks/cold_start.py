"""Cold start: from the command to the first picture, beside what bare imports and sampling alone cost.

Seconds by the clock, and of the processor, which what else runs on the machine disturbs less. Medians.

usage: python -m benchmarks.cold_start [--runs N]     (txt2img by the model that ships; every run is a fresh process)
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
TORCH = "import torch, os; os._exit(0)"
LIBRARIES = """
import torch
from transformers.models.clip.modeling_clip import CLIPTextModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
import os; os._exit(0)
"""
CONSTANTS = {
    "1": {"class_type": "StringConcatenate", "inputs": {"string_a": "a", "string_b": "b", "delimiter": "-"}},
    "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
}
COPY = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "fixture.png"}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
}


def main() -> None:
    """Measure and print a table of medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        subprocess.run([sys.executable, "-m", "tests.tiny_models", folder], cwd=ROOT, check=True)
        for name, prompt in (("constants.json", CONSTANTS), ("copy.json", COPY)):
            (base / name).write_text(json.dumps(prompt))
        sampling: list[float] = []
        rows = {
            "python -c pass": _timed(runs, lambda: _python("pass")),
            "import graphcore": _timed(runs, lambda: _python("import graphcore")),
            "run constants (no torch)": _timed(runs, lambda: _run(base / "constants.json", base)),
            "run picture to picture (torch)": _timed(runs, lambda: _run(base / "copy.json", base)),
            "bare import: torch": _timed(runs, lambda: _python(TORCH)),
            "bare imports: torch, transformers CLIP, diffusers UNet and VAE": _timed(runs, lambda: _python(LIBRARIES)),
            "run txt2img, whole process": _timed(
                runs, lambda: sampling.append(_run(ROOT / "workflows" / "txt2img.json", base, "--json"))
            ),
        }
    sampler = statistics.median(sampling[1:])
    over = rows["run txt2img, whole process"][0] - sampler - rows["bare import: torch"][0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; medians of {runs} runs\n")
    print("| what | seconds | processor seconds |\n|---|--:|--:|")
    for name, (seconds, busy) in rows.items():
        print(f"| {name} | {seconds:.2f} | {busy:.2f} |")
    print(f"|   of which KSampler, 20 steps | {sampler:.2f} | |")
    print(f"|   over torch and sampling | {over:.2f} | |")


def _timed(runs: int, work: Callable[[], object]) -> tuple[float, float]:
    """The medians of several runs after a warm-up: by the clock, and of the processor."""
    work()
    seconds, busy = [], []
    for _ in range(runs):
        started, before = time.perf_counter(), _busy()
        work()
        seconds.append(time.perf_counter() - started)
        busy.append(_busy() - before)
    return statistics.median(seconds), statistics.median(busy)


def _busy() -> float:
    """Processor seconds of all processes that this one has waited for."""
    used = os.times()
    busy: float = used.children_user + used.children_system
    return busy


def _python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def _run(workflow: Path, base: Path, *options: str) -> float:
    """Run a workflow in a fresh process; the seconds of its sampler, if it has one and says so."""
    command = [sys.executable, "-m", "graphcore", "run", str(workflow), "--base-dir", str(base), *options]
    shown = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    nodes = json.loads(shown)["nodes"].values() if options else []
    return sum(node["seconds"] for node in nodes if node["type"] == "KSampler")


if __name__ == "__main__":
    main()
