"""What it costs that a pack runs in a process of its own: one call of a node that gives back what it got.

Run it from the repository: `python -m benchmarks.isolation`. The same pack is called in the engine's process and in its
own, by turns; medians of whole runs of a workflow of one such node behind one picture, each with another number so that
nothing is cached. The picture's own node is cached. Beside it what two copies of such a picture take in one process:
less is not to be had, as a node may keep and change what it is given.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import torch

from graphcore import Engine, Folders
from graphcore.plugins import installed

SIDES = (0, 512, 1024, 2048)  # pixels of a square picture; 0 is a number alone
ROUNDS = 30
PACK = """
class Through:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"salt": ("INT", {})}, "optional": {"image": ("IMAGE",)}}

    RETURN_TYPES = ("IMAGE", "INT")
    FUNCTION = "run"

    def run(self, salt, image=None):
        return image, salt

NODE_CLASS_MAPPINGS = {"Through": Through}
"""


def engine(folder: Path, isolated: bool) -> Engine:
    """An engine with the pack."""
    pack = folder / "custom_nodes" / "through"
    pack.mkdir(parents=True)
    (pack / "__init__.py").write_text(PACK, encoding="utf-8")
    if isolated:
        (pack / "pyproject.toml").write_text('[tool.graphcore]\nisolation = "process"\n', encoding="utf-8")
    return Engine(installed(folders=Folders(folder)), Folders(folder))


def seconds(engine: Engine, side: int, salt: int) -> float:
    """Of one run."""
    prompt = {"1": {"class_type": "Through", "inputs": {"salt": salt}}}
    if side:
        size = {"width": side, "height": side, "batch_size": 1, "color": 0}
        prompt["2"] = {"class_type": "EmptyImage", "inputs": size}
        prompt["1"]["inputs"]["image"] = ["2", 0]
    started = time.perf_counter()
    engine.run(prompt, keep=["1"])
    return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as here, tempfile.TemporaryDirectory() as apart:
        engines = engine(Path(here), False), engine(Path(apart), True)
        print("| what passes both ways | in the engine's process, ms | in its own, ms | more, ms | two copies, ms |")
        print("|---|--:|--:|--:|--:|")
        for side in SIDES:
            times: tuple[list[float], list[float]] = ([], [])
            picture, copies = torch.zeros(side, side, 3), []
            for round_ in range(ROUNDS + 3):  # the first few warm up
                for known, found in zip(engines, times, strict=True):
                    found.append(1000 * seconds(known, side, 1000 * side + round_))
                started = time.perf_counter()
                picture.clone().clone()
                copies.append(1000 * (time.perf_counter() - started))
            one, two = (statistics.median(found[3:]) for found in times)
            what = f"{side} x {side} pixels, {side * side * 12 / 2**20:.0f} MiB" if side else "a number"
            print(f"| {what} | {one:.2f} | {two:.2f} | {two - one:.2f} | {statistics.median(copies):.2f} |", flush=True)


if __name__ == "__main__":
    main()
