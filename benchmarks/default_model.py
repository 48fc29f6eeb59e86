"""How well the shipped model paints what captions say: `python -m benchmarks.default_model [--sheet FILE]`.

128 captions of combinations that training never saw, fixed seeds, 20 steps; an independent measure reads the pictures.
Exits with 1 where a share is below its target.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from graphcore import Run
from nodes.guidance.ksampler import ksampler
from nodes.models.checkpoint import Checkpoint, load_checkpoint
from nodes.models.default import CHECKPOINT
from nodes.text.clip import conditioning
from tools.default_model.captions import full_caption
from tools.default_model.scenes import Shapes, held_out_single
from tools.default_model.sheet import captioned, correct_shares

TARGETS = {"colour": 0.92, "backdrop": 0.92, "shape": 0.85, "place": 0.85}
_SEED = 20
_ON_SHEET = 32


def main() -> None:
    """Paint, measure, print; keep a sheet if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument("--count", type=int, default=128)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--cfg", type=float, default=4.0)
    parser.add_argument("--sheet", type=Path, help=f"where to keep the first {_ON_SHEET} pictures")
    arguments = parser.parse_args()
    scenes, captions = held_out(arguments.count)
    checkpoint = load_checkpoint(arguments.checkpoint)
    started = time.perf_counter()
    pictures = np.stack(
        [paint(checkpoint, caption, n, arguments.steps, arguments.cfg) for n, caption in enumerate(captions)]
    )
    pace = (time.perf_counter() - started) / len(pictures)
    shares = correct_shares(scenes, pictures)
    for name, target in TARGETS.items():
        print(f"{name:9} {shares[name]:6.1%}  (target {target:.0%})")
    print(f"{pace:.2f} s a picture")
    if arguments.sheet:
        captioned(pictures[:_ON_SHEET], captions[:_ON_SHEET]).save(arguments.sheet)
    raise SystemExit(any(shares[name] < target for name, target in TARGETS.items()))


def held_out(count: int) -> tuple[list[Shapes], list[str]]:
    """Scenes of combinations that training never saw, and everything about them as captions."""
    rng = random.Random(_SEED)
    scenes = [held_out_single(rng) for _ in range(count)]
    return scenes, [full_caption(scene, rng) for scene in scenes]


@torch.no_grad()
def paint(
    checkpoint: Checkpoint, caption: str, seed: int, steps: int = 20, cfg: float = 4.0, negative: str = ""
) -> NDArray[np.uint8]:
    """A picture [128,128,3] by the runtime that workflows use."""
    if checkpoint.clip is None or checkpoint.vae is None:
        raise SystemExit("The checkpoint lacks its text encoder or VAE; write it with tools.default_model.")
    latent = ksampler(
        checkpoint.model,
        conditioning(checkpoint.clip, caption),
        conditioning(checkpoint.clip, negative),
        {"samples": torch.zeros(1, 4, 16, 16)},
        seed=seed,
        steps=steps,
        cfg=cfg,
        sampler_name="euler",
        scheduler="karras",
        denoise=1.0,
        run=Run.silent(),
    )
    picture = checkpoint.vae.decode(latent["samples"])[0]
    return (picture * 255).round().byte().numpy()


if __name__ == "__main__":
    main()
