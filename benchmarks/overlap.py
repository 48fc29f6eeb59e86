"""What the I/O lane saves: saving a picture while the next is sampled, reading a model while texts are encoded.

usage: python -m benchmarks.overlap [--rounds N] [--gigabytes G]

Each workflow runs twice a round: as it is, and with the same nodes made to wait for one another (SaveImage on the
device lane; models that do not read ahead). "Sampling" and "encoding" are plain matrix products on one core, about as
long as what they should hide. Prints medians of the time on the clock; a machine with one free core shows no gain.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import torch

from benchmarks.checkpoint_memory import write_checkpoint
from graphcore import Image, Model, Pack, Registry
from graphcore.cache import NoCache
from graphcore.engine import Engine
from graphcore.folders import Folders
from graphcore.node import NodeSpec
from nodes.builtin import pack as builtin

PICTURES, SIZE = 4, 1024
bench = Pack("bench", namespace=False)


def busy(seconds: float) -> None:
    """Compute as a device would, without holding the interpreter's lock."""
    matrix = torch.rand(512, 512)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        matrix = (matrix @ matrix).softmax(1)


@bench.node()
def sample(seed: int, seconds: float) -> Image:
    """A picture of noise, after a while."""
    busy(seconds)
    return torch.rand(1, SIZE, SIZE, 3, generator=torch.Generator().manual_seed(seed))


@bench.node()
def encode(text: str, seconds: float) -> str:
    """A text, after a while."""
    busy(seconds)
    return text


@bench.node(output=True)
def use(model: Model, text: str) -> None:
    """Touch every weight, as the first step of a sampling does."""
    for parameter in model.network().module.parameters():
        parameter.sum()


def saving(seconds: float) -> dict[str, Any]:
    """Pictures that are sampled and saved one after the other."""
    prompt: dict[str, Any] = {}
    for i in range(PICTURES):
        prompt[f"k{i}"] = {"class_type": "sample", "inputs": {"seed": i, "seconds": seconds}}
        prompt[f"s{i}"] = {"class_type": "SaveImage", "inputs": {"images": [f"k{i}", 0], "filename_prefix": f"p{i}"}}
    return prompt


def loading(seconds: float) -> dict[str, Any]:
    """A model that is used when its text is encoded."""
    unet = {"unet_name": "large.safetensors", "weight_dtype": "default"}
    return {
        "l": {"class_type": "UNETLoader", "inputs": unet},
        "e": {"class_type": "encode", "inputs": {"text": "a", "seconds": seconds}},
        "u": {"class_type": "use", "inputs": {"model": ["l", 0], "text": ["e", 0]}},
    }


def waiting(registry: Registry) -> Mapping[str, NodeSpec]:
    """The same nodes, all of them on the device lane."""
    return {id: replace(registry[id], lane="device") for id in ("sample", "SaveImage", "UNETLoader", "encode", "use")}


def timed(registry: Mapping[str, NodeSpec], folders: Folders, prompt: Mapping[str, Any]) -> float:
    """Seconds of one run in an engine that knows nothing yet."""
    with Engine(registry, folders, cache=NoCache()) as engine:
        started = time.perf_counter()
        engine.run(prompt)
        return time.perf_counter() - started


def compare(rounds: int, together: Callable[[], float], apart: Callable[[], float]) -> tuple[float, float]:
    """Medians of both, in turns."""
    times = [(together(), apart()) for _ in range(rounds)]
    return statistics.median(first for first, _ in times), statistics.median(second for _, second in times)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--gigabytes", type=float, default=0.5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    registry = Registry(builtin, bench)
    rows: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        path = base / "models" / "diffusion_models" / "large.safetensors"
        path.parent.mkdir(parents=True)
        write_checkpoint(path, int(options.gigabytes * 2**30), "float16")
        folders, alone = Folders(base), waiting(registry)
        unread = mock.patch("nodes.models.model.Model.prefetch")
        for warm in (loading, saving):  # imports
            timed(registry, folders, warm(0.0))
        save = timed(alone, folders, saving(0.0)) / PICTURES
        rows[f"{PICTURES} pictures sampled and saved"] = compare(
            options.rounds,
            lambda: timed(registry, folders, saving(save)),
            lambda: timed(alone, folders, saving(save)),
        )
        with unread:
            read = timed(alone, folders, loading(0.0))

        def serially() -> float:
            with unread:
                return timed(alone, folders, loading(read))

        rows[f"a model of {options.gigabytes:g} GiB read, texts encoded"] = compare(
            options.rounds, lambda: timed(registry, folders, loading(read)), serially
        )
    print(f"{platform.machine()}, {os.cpu_count()} cores, torch with one thread; medians of {options.rounds} rounds\n")
    print("| what | one after the other, s | side by side, s | share |\n|---|--:|--:|--:|")
    for name, (together, apart) in rows.items():
        print(f"| {name} | {apart:.2f} | {together:.2f} | {together / apart:.0%} |")


if __name__ == "__main__":
    main()
