"""Peak memory of loading a large checkpoint, over what its weights take in the format they are used in.

usage: python -m benchmarks.checkpoint_memory [GIGABYTES]

Writes a Stable Diffusion 1 checkpoint of that size (2 by default; the UNet's width grows with it) to a temporary
folder, in float32 and in float16, loads each in a process of its own, and prints peak RSS above the baseline (the same
process, everything imported, nothing loaded) divided by the size of the weights in float32. The promise is 1.15.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from nodes.models.unet_keys import to_ldm
from nodes.models.unet_shape import UNetShape

PROMISE = 1.15
# A process measures itself, for a peak cannot be reset everywhere. Linux only.
CHILD = """
import resource, sys, torch
import diffusers.models.unets.unet_2d_condition, diffusers.models.autoencoders.autoencoder_kl
from nodes.models.checkpoint import load_checkpoint
before = int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
model, _, _ = load_checkpoint(sys.argv[1])
unet = model.network()
# Reading every weight brings the pages of mapped files into memory, as the first step of a sampling does.
checksum = sum(float(p.sum()) for p in unet.module.parameters())
size = sum(p.numel() * p.element_size() for p in unet.module.parameters())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before, size)
"""


def main(gigabytes: float = 2.0) -> int:
    """Measure and print; 1 if the promise is broken."""
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("float32", "float16"):
            path = Path(folder) / f"{kind}.safetensors"
            write_checkpoint(path, int(gigabytes * 2**30), kind)
            command = [sys.executable, "-c", CHILD, str(path)]
            grown, size = map(int, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())
            worst = max(worst, grown / size)
            print(f"{kind} file, {size / 2**30:.2f} GiB of weights in float32: peak {grown / size:.3f} x")
            path.unlink()
    print(f"worst {worst:.3f} x, promised {PROMISE} x")
    return int(worst > PROMISE)


def write_checkpoint(path: Path, nbytes: int, kind: str) -> None:
    """A UNet of about `nbytes` in float32, tensor by tensor, so that writing takes no memory either."""
    shapes = dict(unet_shapes(width_for(nbytes)))
    code, dtype = {"float32": ("F32", np.float32), "float16": ("F16", np.float16)}[kind]
    header, place = {}, 0
    for name, shape in shapes.items():
        end = place + int(np.prod(shape)) * np.dtype(dtype).itemsize
        header[name] = {"dtype": code, "shape": list(shape), "data_offsets": [place, end]}
        place = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for shape in shapes.values():
            file.write(np.full(shape, 0.01, dtype).tobytes())


def width_for(nbytes: int) -> int:
    """The multiple of 32 that comes nearest to `nbytes` of float32 weights."""

    def size(width: int) -> int:
        return 4 * sum(math.prod(shape) for _, shape in unet_shapes(width))

    return min(range(64, 640, 32), key=lambda width: abs(size(width) - nbytes))


def unet_shapes(width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and shapes of a Stable Diffusion 1 UNet of `width` channels, as its checkpoint has them."""
    levels = ((1, 1), (1, 1), (1, 1), (0, 0))
    up = ((0, 0, 0), (1, 1, 1), (1, 1, 1), (1, 1, 1))
    channels = (width, width * 2, width * 4, width * 4)
    shape = UNetShape(4, 4, channels, levels, up, True, 1, 768, False, None)
    with torch.device("meta"):
        state = UNet2DConditionModel(**shape.diffusers_config((8, 8, 8, 8))).state_dict()
    for there, here in to_ldm(state, shape).items():
        yield f"model.diffusion_model.{here}", tuple(state[there].shape)


if __name__ == "__main__":
    sys.exit(main(*map(float, sys.argv[1:])))
