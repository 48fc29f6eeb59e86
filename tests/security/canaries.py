"""Gives every text and file input of every node names that lead elsewhere, and files that do harm if they are trusted.

`python -m tests.security.canaries BASE OUTSIDE` prints a line for each node that touched something it must not.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from graphcore.folders import KINDS
from graphcore.node import NodeSpec, Port
from graphcore.plugins import installed
from graphcore.testing import call, recording_run
from graphcore.widgets import InputFile, Listed
from tests.reference.nodes.nonsense import Nonsense
from tests.security import bombs
from tests.security.watch import Watch

CANARY = b"the canary sings"
PICKLES = ("evil.ckpt", "evil.pt", "evil.safetensors", "evil.bin", "evil.latent", "evil.png", "evil.wav")


BOMBS = ("wide.png", "wide.tiff", "text.png", "data.png", "long.safetensors", "claims.safetensors", "deep.safetensors")
ROOM = 700  # MiB that a node may take of what a file of little size unpacks to


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


def lay(base: Path, outside: Path) -> Path:
    """Canaries outside of the folders, traps inside of them; the path that a trap makes."""
    mark = outside / "unpickled"
    trap = pickle.dumps({"state_dict": Trap(mark)})
    outside.mkdir()
    Image.new("RGB", (4, 4), "red").save(outside / "secret.png")
    for name in ("secret.txt", "secret.safetensors", "secret.ckpt", "secret.wav", "secret.mp4"):
        (outside / name).write_bytes(CANARY)
    huge = {name: file for name, file in (bombs.pictures() | bombs.models()).items() if name in BOMBS}
    folders = [base / "models" / name for names, _ in KINDS.values() for name in names]
    for folder in [*folders, base / "input"]:
        bombs.lay(folder, {**huge, **dict.fromkeys(PICKLES, trap)})
    return mark


def hostile(port: Port, base: Path, outside: Path) -> list[str]:
    """What an input is given."""
    away = os.path.relpath(outside, base / "input")
    ends = ("secret.png", "secret.safetensors", "secret.txt")
    names = [f"{place}/{name}" for place in (outside, away, away.replace("/", "\\")) for name in ends]
    names += [str(outside), away, f"{away}/secret.png [output]", f"{outside}/new", f"{away}/new", "/etc/passwd"]
    return [*names, *PICKLES, *BOMBS] if isinstance(port.widget, Listed) else names


def takes_names(port: Port) -> bool:
    """Whether an input may be taken for the name of a file."""
    return isinstance(port.widget, Listed | InputFile) or "STRING" in str(port.type).split(",")


def filled(made: Nonsense, port: Port) -> Any:
    """A value of another input, so that the node gets as far as its files."""
    if isinstance(port.widget, Listed):
        return next(iter(port.widget.listed(made.folders)), "none")
    return made(port)


def touched(spec: NodeSpec, base: Path, outside: Path, watch: Watch) -> Iterator[str]:
    """What a node touched outside of its folders, and where it took far more memory than its file has bytes."""
    run = recording_run(base)
    made = Nonsense(spec.id, run.folders)
    for port in filter(takes_names, spec.inputs.values()):
        for name in hostile(port, base, outside):
            others = {it.name: filled(made, it) for it in spec.inputs.values() if it.required and it is not port}
            value: Any = [name] if port.name in spec.gathered or port.growing else name
            before = bombs.peak()
            with watch.on() as strays, contextlib.suppress(Exception):  # a refusal is what is hoped for
                call(spec.id, run, **others, **{port.name: value})
            if bombs.peak() - before > ROOM:
                strays.append(f"took {bombs.peak() - before:.0f} MiB")
            yield from (f"{spec.id}.{port.name} given {name!r}: {stray}" for stray in strays)


def main(base: Path, outside: Path) -> None:
    """Print what went wrong, then how many inputs were tried."""
    base.mkdir()
    mark = lay(base, outside)
    before = sorted(path.name for path in outside.iterdir())
    registry = installed()
    watch = Watch([base])
    tried = 0
    for spec in registry.values():
        for complaint in dict.fromkeys(touched(spec, base, outside, watch)):
            print(complaint, flush=True)
        if mark.exists():
            print(f"{spec.id} unpickled a file", flush=True)
            mark.rmdir()
        tried += sum(map(takes_names, spec.inputs.values()))
    if (after := sorted(path.name for path in outside.iterdir())) != before:
        print(f"outside there is now {after}")
    print(f"tried {tried}", file=sys.stderr)


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
