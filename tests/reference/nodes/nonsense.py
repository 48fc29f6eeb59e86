"""Feeds nonsense to every node of some topics while the process may take 256 MB over the inputs, no more.

`python -m tests.reference.nodes.nonsense FOLDER TOPIC` prints a line for every call that gave neither a result nor a
sentence; a topic is a module of nodes/builtin.
"""

from __future__ import annotations

import io
import random
import resource
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from PIL import Image

from graphcore import Folders
from graphcore.boundary import is_out_of_memory
from graphcore.errors import GraphcoreError
from graphcore.node import Port
from graphcore.testing import call, recording_run
from graphcore.widgets import InputFile, Listed, Range
from nodes.imaging.regions import Box
from nodes.media.audio import sound
from nodes.media.video import VideoFromFile, create_video
from tests.reference.nodes.recorded import PACK

ROOM = 256 << 20  # bytes over the inputs
ROUNDS = 15
MODEST = 40  # the largest number of a modest round; in the others it is the input's own limit
HUGE = 10**9  # where an input has no limit
SHAPES: dict[str, list[tuple[int, ...]]] = {
    "IMAGE": [
        (0, 4, 4, 3), (1, 0, 4, 3), (1, 1, 1, 3), (1, 1, 9, 3), (2, 5, 7, 3), (3, 8, 8, 4), (1, 16, 16, 3),
        (2, 4, 4, 2), (1, 6, 5, 1), (4, 4, 3), (1, 33, 17, 5),
    ],
    "MASK": [(0, 4, 4), (1, 1), (4, 9), (1, 5, 7), (3, 8, 8), (1, 16, 16), (1, 1, 6, 6), (2, 3, 4, 4), (5,), ()],
    "LATENT": [
        (0, 4, 4, 4), (1, 4, 1, 1), (2, 4, 6, 8), (3, 16, 5, 5), (1, 4, 3, 6, 6), (1, 4, 0, 2), (1, 64, 9), (2, 4),
    ],
    "AUDIO": [(1, 2, 100), (1, 1, 1), (2, 1, 50), (1, 2, 0), (0, 2, 9), (1, 9, 30), (2, 50), (1, 1, 48_000)],
    "SIGMAS": [(0,), (1,), (2,), (11,)],
}  # fmt: skip
LARGE: dict[str, tuple[int, ...]] = {"IMAGE": (1, 1280, 1280, 3), "MASK": (1, 1280, 1280), "LATENT": (1, 4, 256, 256)}
TEXTS = [
    "",
    "a",
    "a, b\nc",
    "..",
    "../../x",
    "/etc/passwd",
    "a\0b",
    "%date:yyyy%/x",
    "x" * 300,
    "🙂" * 50,
    "[",
    r"(\1",
    "{a:9",
]
NUMBERS: list[Any] = [0, -1, 2.5, True, "text", None, [1, 2], {"a": 1}, 10**30, float("inf"), float("nan")]


class Nonsense:
    """Values for inputs, of a random generator of its own."""

    def __init__(self, seed: str, folders: Folders):
        self.chance, self.folders, self.modest = random.Random(seed), folders, True

    def __call__(self, port: Port) -> Any:
        """A value of the port's type that nobody would give it."""
        if isinstance(port.widget, InputFile):
            return self.chance.choice([*sorted(path.name for path in self.folders.input.iterdir()), *TEXTS])
        if isinstance(port.widget, Listed):
            return self.chance.choice(port.widget.listed(self.folders))
        if isinstance(port.widget, Range) or port.type in ("INT", "FLOAT"):
            return self.number(port)
        kind = self.chance.choice(str(port.type).split(","))
        make = getattr(self, f"make_{str(kind).lower()}", None)
        return make() if make else self.chance.choice([*NUMBERS, self.tensor("IMAGE")])

    def number(self, port: Port) -> int | float:
        widget = port.widget if isinstance(port.widget, Range) else Range()
        low = -HUGE if widget.min is None else widget.min
        high = HUGE if widget.max is None else widget.max
        if self.modest:
            low, high = max(low, -MODEST), max(low, min(high, MODEST))
        number = self.chance.choice([low, min(high, low + 1), min(high, low + 7), (low + high) / 2, high])
        return int(number) if port.type == "INT" else float(number)

    def tensor(self, kind: str) -> torch.Tensor:
        if self.modest and kind in LARGE and self.chance.random() < 0.15:
            return torch.rand(LARGE[kind])
        values = torch.rand(self.chance.choice(SHAPES[kind]))
        match self.chance.randrange(8):
            case 0:
                return values * 10 - 5
            case 1:
                return torch.full_like(values, self.chance.choice([float("nan"), float("inf"), 0.0, 1.0]))
            case 2:
                return values.to(self.chance.choice([torch.float64, torch.float16, torch.uint8]))
            case 3:
                return values.flip(-1).mT if values.ndim > 1 else values
        return values

    def make_image(self) -> torch.Tensor:
        return self.tensor("IMAGE")

    def make_mask(self) -> torch.Tensor:
        return self.tensor("MASK")

    def make_sigmas(self) -> torch.Tensor:
        return self.tensor("SIGMAS")

    def make_latent(self) -> dict[str, Any]:
        extra = [
            {},
            {"noise_mask": torch.rand(2, 1, 9, 9)},
            {"batch_index": [3, 4]},
            {"noise_mask": torch.rand(0, 3, 3)},
        ]
        return {"samples": self.tensor("LATENT"), **self.chance.choice(extra)}

    def make_audio(self) -> Any:
        rate = self.chance.choice([0, 1, 8000, 44100, 2**40])
        return self.chance.choice([None, {}, *[sound(self.tensor("AUDIO"), rate)] * 6])

    def make_video(self) -> Any:
        if self.chance.random() < 0.5:
            return VideoFromFile(self.chance.choice(sorted(self.folders.input.iterdir())))
        return create_video(torch.rand(3, 18, 16, 3), None, self.chance.choice([1, 24]))

    def make_conditioning(self) -> list[Any]:
        text = torch.rand(self.chance.choice([(1, 77, 8), (1, 0, 8), (2, 5, 8), (1, 3, 4)]))
        return self.chance.choice(
            [[], [[text, {}]], [[text, {"pooled_output": None}]], [[text, {"strength": 2.0}]] * 2]
        )

    def make_string(self) -> str:
        return self.chance.choice(TEXTS)

    make_webcam = make_audio_record = make_string

    def make_crop_box(self) -> Box:
        return Box(*self.chance.choice([(0, 0, 4, 4), (-1, 0, 3, 3), (2, 2, 0, 5), (0, 0, 99, 99)]))

    def make_svg(self) -> Any:
        return SimpleNamespace(
            data=[io.BytesIO(data) for data in self.chance.choice([[], [b""], [b"<svg>\xff</svg>"]])]
        )

    def make_boolean(self) -> bool:
        return self.chance.random() < 0.5

    def make_latent_operation(self) -> Any:
        return call("LatentOperationSharpen", sharpen_radius=self.chance.choice([1, 9]))[0]

    def make_timesteps_range(self) -> tuple[float, float]:
        return (0.5, 0.25)

    def make_hooks(self) -> None:
        return None


def write_files(folder: Path) -> None:
    """Files that are not what they say."""
    good = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(good, "PNG")
    bomb = bytearray(good.getvalue())
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2
    samples = {
        "good.png": good.getvalue(), "cut.png": good.getvalue()[:60], "bomb.png": bytes(bomb), "empty.png": b"",
        "text.png": b"no picture", "sound.wav": b"RIFF\xff\xff\xff\xffWAVEfmt ",
        "sound.flac": b"fLaC\0\0\0\x22" + b"\xff" * 34,
        "video.mp4": b"\0\0\0\x18ftypisom\0\0\0\0isom" + b"\xff" * 50,
        "a.latent": b"\xff" * 40, "b.latent": b"\2\0\0\0\0\0\0\0{}",
    }  # fmt: skip
    for name, data in samples.items():
        (folder / name).write_bytes(data)
    Image.new("I", (5, 4), 70_000).save(folder / "deep.tiff")
    Image.new("CMYK", (5, 4)).save(folder / "print.jpg")
    (folder / "set").mkdir()


@contextmanager
def limited() -> Iterator[None]:
    """The process may take ROOM more than it has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    status = Path("/proc/self/status").read_text().splitlines()
    used = next(int(line.split()[1]) << 10 for line in status if line.startswith("VmData"))
    resource.setrlimit(resource.RLIMIT_DATA, (used + ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def complaints(topic: str, folder: Path) -> Iterator[str]:
    """What is wrong with the nodes of a topic."""
    run = recording_run(folder)
    write_files(run.folders.input)
    for id, spec in PACK.nodes.items():
        if spec.module != f"nodes.builtin.{topic}" or any(port.type == "MODEL" for port in spec.inputs.values()):
            continue
        made = Nonsense(id, run.folders)
        for number in range(ROUNDS):
            made.modest = number % 3 > 0
            inputs = {name: made(port) for name, port in spec.inputs.items() if port.required or made.make_boolean()}
            for name in spec.gathered & inputs.keys():
                inputs[name] = [inputs[name], made(spec.inputs[name])]
            try:
                with limited():
                    call(id, run, **inputs)
            except GraphcoreError as error:
                if not str(error).endswith((".", "!", "?")):
                    yield f"{id}: no sentence: {error}"
            except Exception as error:  # noqa: BLE001 - which ones there are is the question
                if made.modest or not is_out_of_memory(error):
                    shown = {name: getattr(value, "shape", value) for name, value in inputs.items()}
                    yield f"{id}: {type(error).__name__} {str(error)[:160]!r} {str(shown)[:300]}"


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    for complaint in complaints(sys.argv[2], Path(sys.argv[1])):
        print(complaint, flush=True)
