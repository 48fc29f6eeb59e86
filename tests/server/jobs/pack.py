"""Cheap nodes, without torch, for a worker of the tests: --pack tests.server.jobs.pack:pack."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graphcore import Annotated, Pack, Range, Run
from graphcore.model_memory import BUDGET, limit
from graphcore.pack import Runtime


class TalkativePack(Pack):
    """A pack that has things to say to clients."""

    send: Callable[[Any, Any, str | None], None]

    def connect(self, send: Callable[[Any, Any, str | None], None]) -> None:
        self.send = send


def memory() -> int | None:
    """As the settings have it."""
    found = limit(BUDGET, os.environ, 0.0)
    return int(found) or None


pack = TalkativePack("t", runtime=Runtime(memory=memory))


@pack.node(output=True)
def show(text: str = "", *, run: Run) -> None:
    """Show a text."""
    run.show(text=[text])


@pack.node(volatile=True)
def number(value: int = 1) -> int:
    """A value that no other run has."""
    return value


@pack.node(output=True)
def total(a: int, b: int = 0, *, run: Run) -> int:
    """Add."""
    run.show(text=[str(a + b)])
    return a + b


@pack.node(output=True, volatile=True)
def save(name: str, text: str = "", seconds: float = 0.0, *, run: Run) -> None:
    """Write a file of the output folder."""
    time.sleep(seconds)
    path = run.folders.path(f"{name} [output]")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text or name)
    run.show(files=[{"filename": name, "subfolder": "", "type": "output"}])


@pack.node()
def costly(marker: str, seconds: float = 0.0) -> str:
    """A text that takes long to come by; the marker file counts how often that was done."""
    time.sleep(seconds)
    with Path(marker).open("ab") as file:
        file.write(b"x")
    return "found"


@pack.node(output=True)
def save_found(text: str, value: int, seconds: float = 0.0, filename_prefix: str = "point", *, run: Run) -> None:
    """Write a text and a number to a file."""
    time.sleep(seconds)
    run.folders.output.mkdir(parents=True, exist_ok=True)
    (run.folders.output / f"{filename_prefix}.txt").write_text(f"{text} {value}")
    run.show(files=[{"filename": f"{filename_prefix}.txt", "subfolder": "", "type": "output"}], text=[f"{value}"])


@pack.node(output=True, volatile=True)
def save_numbered(text: str, seconds: float = 0.0, stem: str = "numbered", *, run: Run) -> None:
    """Write a text under the next free number, and wait a little."""
    run.folders.output.mkdir(parents=True, exist_ok=True)
    taken = [int(path.stem.split("_")[1]) for path in run.folders.output.glob(f"{stem}_*_.txt")]
    number = run.folders.free_number(run.folders.output, stem, max(taken, default=0) + 1)
    name = f"{stem}_{number:05}_.txt"
    (run.folders.output / name).write_text(text)
    run.show(files=[{"filename": name, "subfolder": "", "type": "output"}])
    time.sleep(seconds)


@pack.node(output=True, volatile=True)
def save_without_room(name: str, *, run: Run) -> None:
    """Write a file where only its beginning has room."""
    import resource  # which not every system has

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        run.folders.output.mkdir(parents=True, exist_ok=True)
        (run.folders.output / name).write_bytes(b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    run.show(files=[{"filename": name, "subfolder": "", "type": "output"}])


@pack.node(output=True, volatile=True)
def read(name: str, *, run: Run) -> None:
    """Show a file of the input folder."""
    run.show(text=[run.folders.path(name).read_text()])


@pack.node(output=True)
def save_cached(name: str, *, run: Run) -> None:
    """Write a file, unless the result is known."""
    run.folders.output.mkdir(parents=True, exist_ok=True)
    (run.folders.output / name).write_text(name)
    run.show(files=[{"filename": name, "subfolder": "", "type": "output"}])


@pack.node(output=True, volatile=True)
def lie(*, run: Run) -> None:
    """Name a file that was never written."""
    run.show(images=[{"filename": "nowhere.png", "subfolder": "", "type": "output"}])


@pack.node(output=True, volatile=True)
def sleep(seconds: float = 0.1, steps: Annotated[int, Range(1, 1000)] = 10, *, run: Run) -> None:
    """Sleep in steps that can be cancelled."""
    for step in range(steps):
        time.sleep(seconds / steps)
        run.progress(step + 1, steps)


@pack.node(output=True, volatile=True)
def wait(file: str, seconds: float = 30.0) -> None:
    """Wait until a file is there, so long at most."""
    end = time.monotonic() + seconds
    while not Path(file).exists():
        if time.monotonic() > end:
            raise TimeoutError(f"{file} never came")
        time.sleep(0.02)


@pack.node(output=True, volatile=True)
def hoard() -> None:
    """Hold 512 MiB for a long time."""
    held = bytearray(b"x") * (512 << 20)
    time.sleep(60 + len(held) // (1 << 40))


@pack.node(output=True, volatile=True)
def deaf(seconds: float = 60.0) -> None:
    """Sleep, and listen to nobody."""
    time.sleep(seconds)


@pack.node(output=True, volatile=True)
def compute(seconds: float = 1.0) -> None:
    """Compute in Python, without ever waiting."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(100))


@pack.node(output=True, volatile=True)
def hold(letters: int = 26) -> None:
    """Compute in C, holding the interpreter's lock: no other thread of this process gets a turn."""
    re.match(r"(a+)+$", "a" * letters + "b")


@pack.node(output=True, volatile=True)
def fail(message: str = "broken") -> None:
    """Raise."""
    raise ValueError(message)


@pack.node(output=True, volatile=True)
def leave() -> None:
    """Ask the process to end."""
    raise SystemExit(3)


@pack.node(output=True, volatile=True)
def exhaust() -> None:
    """Run out of memory."""
    raise MemoryError("no more")


@pack.node(output=True, volatile=True)
def die(marker: str = "", times: int = 1_000_000) -> None:
    """Kill the worker, as often as the marker file has not counted yet."""
    path = Path(marker) if marker else None
    done = len(path.read_bytes()) if path is not None and path.exists() else 0
    if done < times:
        if path is not None:
            with path.open("ab") as file:
                file.write(b"x")
        os.kill(os.getpid(), signal.SIGKILL)


@pack.node(output=True, volatile=True)
def hang(steps: int = 1) -> None:
    """Stop the whole process, heartbeat included."""
    os.kill(os.getpid(), signal.SIGSTOP)


@pack.node(output=True, volatile=True)
def variable(name: str, *, run: Run) -> None:
    """Show a variable of the environment."""
    run.show(text=[os.environ.get(name, "")])


@pack.node(output=True, volatile=True)
def picture(size: int = 800, *, run: Run) -> None:
    """Show a preview that is larger than previews are."""
    from PIL import Image

    run.preview(Image.new("RGBA", (size, size // 2), (255, 0, 0, 128)))


@pack.node(output=True, volatile=True)
def secret(*, run: Run) -> None:
    """Use a secret, and show only how long it is."""
    run.show(length=[len(run.job.secrets["api_key_comfy_org"])])


@pack.node(output=True, volatile=True)
def talk(lines: int = 3) -> None:
    """Tell clients something, from here and from another thread."""
    for line in range(lines):
        pack.send("talk.line", {"line": line}, None if line % 2 else "someone")
    thread = threading.Thread(target=pack.send, args=(77, b"bytes", None))
    thread.start()
    thread.join()


@pack.node(output=True, volatile=True)
def noise(lines: int = 100) -> None:
    """Print, and read from the standard input, as careless packs do."""
    import sys

    for _ in range(lines):
        print("x" * 1000)
    assert sys.stdin.read() == ""


@pack.node(output=True)
def odd(*, run: Run) -> None:
    """Show what JSON cannot hold."""
    run.show(values=[float("nan"), Path("p"), {1: (2, 3)}])
