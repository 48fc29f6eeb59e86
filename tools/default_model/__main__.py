"""`python -m tools.default_model`: trains what is not trained yet, stage after stage, and writes what is finished."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from tools.default_model import control, decoder, diffusion, export, lora, preview, reader, vae
from tools.default_model.loop import Training

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".train"
SHIPPED = ROOT / "nodes" / "models" / "default"
VAE = Path("vae", "graphcore-default-vae.safetensors")
PAINTER = Path("checkpoints", "graphcore-default.safetensors")
STAGES = ("vae", "decoder", "reader", "painter", "control", "lora", "preview")
# Stages whose files another machine can go on from, so they are written half trained too.
ADOPTED = ("decoder", "painter")
# Stages whose results are inside what later ones write.
UNSHIPPED = ("vae", "reader")
# Stages that can do without the ones right before them: latents come from the encoder, whatever the decoder is.
NEEDS = {
    "vae": (),
    "decoder": ("vae",),
    "reader": (),
    "painter": ("vae", "reader"),
    "control": ("painter",),
    "lora": ("painter",),
    "preview": ("vae",),
}


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m tools.default_model", description=__doc__)
    parser.add_argument("--minutes", type=float, default=360, help="stop after so long; the next run goes on (360)")
    parser.add_argument("--stage", choices=STAGES, help="train this stage alone")
    parser.add_argument("--folder", type=Path, default=WORK, help="where the state between runs is kept (.train)")
    parser.add_argument("--output", type=Path, default=SHIPPED, help="where finished files go")
    arguments = parser.parse_args()
    stages = (arguments.stage,) if arguments.stage else STAGES
    train(stages, arguments.folder, arguments.output, arguments.minutes)


def train(stages: tuple[str, ...], folder: Path, output: Path, minutes: float) -> None:
    """Train stages in order until the time is up; every stage that is finished is written to `output`."""
    until = time.monotonic() + minutes * 60
    decoder.adopt(folder, output / VAE)
    diffusion.adopt(folder, output / PAINTER)
    for stage in stages:
        if stage in UNSHIPPED and is_finished(stage, folder):
            continue
        for needed in NEEDS[stage]:
            if not is_finished(needed, folder):
                raise SystemExit(f"The stage '{stage}' needs '{needed}', which is not finished: train that first.")
        left = (until - time.monotonic()) / 60
        training = state(stage, folder, max(0.0, left))
        if training.finished or stage in ADOPTED:
            write(stage, training, folder, output)
        if not training.finished:
            print(f"Time is up in the stage '{stage}' at step {training.step}; run the same command to go on.")
            return


def is_finished(stage: str, folder: Path) -> bool:
    """Whether later stages can build on this one."""
    if stage == "vae" and decoder.encoder_path(folder).is_file():
        return True
    if stage == "reader" and (folder / "painter.pt").is_file():
        return True
    return state(stage, folder, 0).finished


def state(stage: str, folder: Path, minutes: float) -> Training:
    """The stage's training after so many more minutes; 0 just reads what there is."""
    if stage == "vae":
        return vae.train(folder, minutes)
    if stage == "decoder":
        return decoder.train(folder, minutes)
    if stage == "reader":
        return reader.train(folder, minutes)
    autoencoder = decoder.latest(folder)
    if stage == "painter":
        return diffusion.train(folder, autoencoder, minutes)
    if stage == "preview":
        return preview.train(folder, autoencoder, minutes)
    painter: Any = diffusion.train(folder, autoencoder, 0).averaged
    trainer = control.train if stage == "control" else lora.train
    return trainer(folder, painter, autoencoder, minutes)


def write(stage: str, training: Training, folder: Path, output: Path) -> None:
    """Write the shipped file of a finished stage; the checkpoint has the latest VAE in it."""
    made: Any = training.averaged
    if stage == "painter":
        export.write_checkpoint(made, decoder.latest(folder), output / PAINTER, training.step)
    elif stage == "decoder":
        export.write_vae(made, output / VAE)
    elif stage == "control":
        export.write_control(made, output / "controlnet" / "graphcore-default-edges.safetensors")
    elif stage == "lora":
        export.write_plain(made.tensors(), output / "loras" / "graphcore-default-outlines.safetensors")
    elif stage == "preview":
        export.write_plain(
            preview.preview_tensors(made), output / "vae_approx" / f"{export.PREVIEW}_decoder.safetensors"
        )


if __name__ == "__main__":
    main()
