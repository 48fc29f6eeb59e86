"""What installed packs cost a command that uses none of them, and a look through all of them.

Run it from the repository: `python -m benchmarks.packs`. 50 copies of a pack of the class kind lie in custom_nodes and
are indexed; medians of processor time of whole processes, with and without them, taken by turns.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
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


if __name__ == "__main__":
    main()
