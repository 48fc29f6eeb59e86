"""A process that runs for long does not grow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMIT = 20.0  # MB

# Each run does something else (a cache that never hits is the worst case), and some fail or are stopped. What the
# interpreter and the threads take once is there after the first runs.
PROGRAM = """
import gc, resource, sys
from graphcore import Cancelled, NodeFailed
from graphcore.cache import MemoryCache
from graphcore.engine import Engine
from graphcore.job import CancelToken
from graphcore import Registry
from tests.graphcore.kit import node, wire
from tests.graphcore.naive import make_pack

engine = Engine(Registry(make_pack()), cache=MemoryCache(budget=2_000_000))


class Later(CancelToken):
    def __init__(self, checks):
        super().__init__()
        self.checks = checks

    def check(self):
        self.checks -= 1
        if not self.checks:
            self.cancel()
        super().check()


def prompt(i):
    mixed = {
        "list": node("spread", value=i, count=3),
        "lazy": node("choose", first=wire("list"), a=wire("slow"), b=wire("io")),
        "slow": node("pause", value=wire("list")), "io": node("store", value=wire("list")),
        "grow": node("grow", value=wire("lazy")), "loop": node("loop", n=3, total=wire("grow")),
        "block": node("block", value=wire("loop")), "show": node("show", value=wire("block")),
    }
    if i % 5 == 0:
        mixed["fail"] = node("picky", value=6)
        mixed["show fail"] = node("show", value=wire("fail"))
    return mixed


def resident():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def run(i):
    events = []
    try:
        engine.run(prompt(i), on_event=events.append, token=Later(i % 13) if i % 7 == 0 else None)
        return "done"
    except NodeFailed:
        return "failed"
    except Cancelled:
        return "stopped"


runs = int(sys.argv[1])
kinds = {run(i) for i in range(100)}
assert kinds == {"done", "failed", "stopped"}, kinds
before = resident()
for i in range(100, 100 + runs):
    run(i)
print(resident() - before)
"""


def growth(runs: int) -> float:
    """MB by which a process grows over so many runs."""
    command = [sys.executable, "-c", PROGRAM, str(runs)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the kernel does not tell sizes here")


def test_two_hundred_runs_do_not_grow_the_process() -> None:
    assert growth(200) < LIMIT / 4


@pytest.mark.full
def test_a_thousand_runs_do_not_grow_the_process() -> None:
    assert growth(1_000) < LIMIT
