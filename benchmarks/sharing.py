"""What it costs a job that its files go through a store.

usage: python -m benchmarks.sharing URL [--size BYTES] [--times N] [--inputs N]

URL is an empty folder or s3://BUCKET/PREFIX, whose access the environment tells (AWS_ENDPOINT_URL, ...). Two
mirrors play two processes with a disk each.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from graphcore.folders import AREAS, Folders
from server.sharing.mirror import Mirror
from server.sharing.numbers import Numbers
from server.sharing.store import FileStore


def median(times: int, work: Callable[[int], object]) -> float:
    """Milliseconds that a piece of work takes."""
    found = []
    for index in range(times):
        started = time.perf_counter()
        work(index)
        found.append(time.perf_counter() - started)
    return statistics.median(found) * 1000


def measure(url: str, base: Path, size: int, times: int, inputs: int) -> Iterator[tuple[str, float]]:
    """(what, milliseconds)."""
    store = FileStore(url)
    one, two = (Mirror(store, {area: base / name / area for area in AREAS}) for name in ("one", "two"))
    made = [base / "one" / "output" / f"{index}.bin" for index in range(times)]
    made[0].parent.mkdir(parents=True)
    for path in made:
        path.write_bytes(os.urandom(size))
    yield "publish a file", median(times, lambda index: one.publish(made[index]))
    yield "publish it again, as a job's end does", median(times, lambda index: one.publish(made[index]))
    there = [base / "two" / "output" / path.name for path in made]
    yield "bring a file that another has made", median(times, lambda index: two.bring(there[index]))
    yield "bring it again", median(times, lambda index: two.bring(there[index]))
    numbers = Numbers(one)
    yield "take a range of numbers", median(1, lambda _: numbers.free(made[0].parent, "a", 1))
    yield "a number of the range", median(times, lambda index: numbers.free(made[0].parent, "a", index))
    folder = base / "one" / "input"
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(inputs):
        (folder / f"{index}.bin").write_bytes(b"%d" % index)
        one.publish(folder / f"{index}.bin")
    folders = Folders(base / "two")
    prompts = [{"1": {"class_type": "x", "inputs": {"image": f"{index}.bin"}}} for index in range(times)]
    two.list_inputs()
    yield (
        f"prepare a job that names one of {inputs} inputs",
        median(times, lambda index: two.prepare(prompts[index], folders)),
    )


def main() -> None:
    """Read the command line, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--inputs", type=int, default=1_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        for what, took in measure(options.url, Path(base), options.size, options.times, options.inputs):
            print(f"{what:50} {took:8.2f} ms", flush=True)


if __name__ == "__main__":
    main()
