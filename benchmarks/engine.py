"""What the engine itself costs: microseconds a node, on chains and a tree, cold, cached, and with one leaf changed.

Run it from the repository: `python -m benchmarks.engine`. Medians of processor time, which equals the time on the clock
when nothing else runs; the nodes add two numbers, so all of it is overhead.
"""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from graphcore import Pack, Registry
from graphcore.cache import MemoryCache
from graphcore.engine import Engine

ROUNDS = 9
CHAINS = (100, 1_000, 10_000)
LEVELS = 10  # a binary tree of 2 ** 10 - 1 nodes
TARGETS = {"cold": 50.0, "cached": 20.0, "leaf changed": 20.0}
LINEARITY = 12.0

pack = Pack("bench", namespace=False)


@pack.node()
def add(a: int, b: int) -> int:
    """The smallest node there is."""
    return a + b


@pack.node(output=True)
def end(value: int) -> None:
    """Makes what is above it run."""


def chain(length: int, leaf: int = 0) -> dict[str, Any]:
    """`length` nodes, each fed by the one before; the last one is the output, `leaf` changes the one before it."""
    nodes = {str(i): _add([str(i - 1), 0] if i else 0, i) for i in range(length - 1)}
    nodes[str(length - 2)]["inputs"]["b"] += leaf
    return nodes | {"end": {"class_type": "end", "inputs": {"value": [str(length - 2), 0]}}}


def tree(leaf: int = 0) -> dict[str, Any]:
    """A binary tree of 1,023 nodes whose root is the output; `leaf` changes one of its 512 leaves."""
    size = 2**LEVELS - 1
    nodes = {}
    for i in range(1, size):
        inner = 2 * i + 2 < size
        nodes[str(i)] = _add([str(2 * i + 1), 0] if inner else i, [str(2 * i + 2), 0] if inner else i + size)
    nodes[str(size - 1)]["inputs"]["a"] += leaf
    nodes["0"] = _add(["1", 0], ["2", 0])
    return nodes | {"end": {"class_type": "end", "inputs": {"value": ["0", 0]}}}


def _add(a: Any, b: Any) -> dict[str, Any]:
    return {"class_type": "add", "inputs": {"a": a, "b": b}}


def measure(shapes: Mapping[str, Callable[[int], dict[str, Any]]]) -> dict[str, dict[str, float]]:
    """Shape -> microseconds a node: cold, fully cached, and with one leaf changed.

    All shapes take turns in each round, so that whatever else the machine does meets them alike.
    """
    found: dict[str, dict[str, list[float]]] = {shape: {name: [] for name in TARGETS} for shape in shapes}
    for _ in range(ROUNDS):
        for shape, make in shapes.items():
            once(make, found[shape])
    return {shape: {name: statistics.median(times[name]) for name in TARGETS} for shape, times in found.items()}


def once(make: Callable[[int], dict[str, Any]], found: dict[str, list[float]]) -> None:
    """One round of one shape."""
    prompts = {"cold": make(0), "cached": make(0), "leaf changed": make(1)}
    with Engine(Registry(pack), cache=MemoryCache()) as engine:
        for name, prompt in prompts.items():
            gc.collect()
            started = time.process_time()
            engine.run(prompt)
            found[name].append((time.process_time() - started) / len(prompt) * 1e6)


def import_seconds(module: str = "graphcore") -> float:
    """Seconds that a fresh process takes to import a module, beyond what it takes to start."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(7)]
    return statistics.median(float(run.stdout) for run in runs)


def main() -> None:
    """Print the table."""
    shapes: dict[str, Callable[[int], dict[str, Any]]] = {}
    shapes |= {f"chain of {length:,}": partial(chain, length) for length in CHAINS}
    shapes["tree of 1,023"] = tree
    rows = measure(shapes)
    print("| microseconds a node | " + " | ".join(TARGETS) + " |")
    print("|---|" + "--:|" * len(TARGETS))
    for name, row in rows.items():
        print(f"| {name} | " + " | ".join(f"{row[column]:.1f}" for column in TARGETS) + " |")
    print("| target | " + " | ".join(f"<= {target:.0f}" for target in TARGETS.values()) + " |")
    long, short = rows["chain of 10,000"]["cold"] * 10_000, rows["chain of 1,000"]["cold"] * 1_000
    ratio = f"{long / short:.1f} times as long as one of 1,000 (target <= {LINEARITY:.0f})"
    print(f"\nA cold chain of 10,000 takes {ratio}.")
    print(f"Importing graphcore takes {import_seconds():.3f} s.")


if __name__ == "__main__":
    main()
