"""What installed packs cost a command that uses none of them, a look through all of them, and the start of the server.

Run it from the repository: `python -m benchmarks.packs`. 50 copies of a pack of the class kind lie in custom_nodes and
are indexed; medians of processor time of whole processes, with and without them, taken by turns. The server is
started, waited for until its worker is ready and its nodes are told, and ended.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACK = ROOT / "tests" / "packs" / "film-tools.v2"
COUNT, ROUNDS, BOUND = 50, 5, 0.2
PROMPT = {"1": {"class_type": "PrimitiveInt", "inputs": {"value": 3}},
          "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}}}  # fmt: skip


def base(folder: Path, count: int) -> Path:
    """A base directory with so many packs, each with a node of its own name."""
    (folder / "custom_nodes").mkdir(parents=True)
    for number in range(count):
        target = folder / "custom_nodes" / f"pack{number}"
        shutil.copytree(PACK, target)
        file = target / "__init__.py"
        file.write_text(file.read_text(encoding="utf-8").replace('"FilmTint"', f'"FilmTint{number}"'), encoding="utf-8")
    (folder / "prompt.json").write_text(json.dumps(PROMPT), encoding="utf-8")
    return folder


def seconds(words: Sequence[str], cwd: Path) -> float:
    """Processor seconds of `python WORDS` in a folder."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, *words], cwd=cwd, check=True, capture_output=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def serving(cwd: Path) -> tuple[float, float]:
    """Seconds of a server: until its worker is ready (by the clock), and of the processors, until it has ended."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "graphcore", "serve", "--port", "0", "--base-dir", str(cwd)]
    with subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().decode().split()[-1]
        while not is_ready(address):
            time.sleep(0.05)
        with urllib.request.urlopen(f"{address}/object_info", timeout=120) as answer:
            answer.read()
        clock = time.perf_counter() - started
        server.send_signal(signal.SIGTERM)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def is_ready(address: str) -> bool:
    """Whether the server has a worker that could begin a job."""
    try:
        with urllib.request.urlopen(f"{address}/health/ready", timeout=60) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return False


RUN = ("-m", "graphcore", "run", "prompt.json")
FOUND = (  # what a server does with custom nodes before it answers
    "-c",
    "from graphcore import Folders; from graphcore.plugins import installed; "
    "r = installed(folders=Folders('.')); 'NoSuchNode' in r",
)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        none, many = base(Path(folder) / "none", 0), base(Path(folder) / "many", COUNT)
        for words in (RUN, FOUND):  # the index is made once
            seconds(words, many)
        for name, words in (("graphcore run", RUN), ("looking through all packs", FOUND)):
            pairs = [(seconds(words, none), seconds(words, many)) for _ in range(ROUNDS)]
            without, with_packs = (statistics.median(column) for column in zip(*pairs, strict=True))
            extra = statistics.median(b - a for a, b in pairs)
            print(f"{name}: {without:.3f} s without, {with_packs:.3f} s with {COUNT}: {extra:+.3f} s (bound {BOUND})")
        serving(many)
        starts = [(serving(none), serving(many)) for _ in range(ROUNDS)]
        for number, kind in enumerate(("clock, until a worker is ready", "processor time")):
            rows = [(without[number], with_packs[number]) for without, with_packs in starts]
            medians = [statistics.median(column) for column in zip(*rows, strict=True)]
            extra = statistics.median(b - a for a, b in rows)
            print(f"server's start, {kind}: {medians[0]:.3f} s, {medians[1]:.3f} s: {extra:+.3f} s (bound {BOUND})")


if __name__ == "__main__":
    main()
