"""A sweep over Ray: what many points share is computed once a worker, so more workers do not undo the cache's gain.

usage: python -m benchmarks.sweeps [--points N] [--shared SECONDS] [--own SECONDS] [--workers 1 2 4]

Starts a Ray of this machine. Nodes sleep, so that what is measured does not depend on how many cores there are.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import tempfile
import time
from pathlib import Path

from graphcore.engine import Result
from graphcore.job import CancelToken
from graphcore.prepare import Prepared
from server.workers import sweeps
from server.workers.cluster import Cluster
from server.workers.settings import WorkerSettings

PACK = '''
import time
from pathlib import Path
from graphcore import Pack, Run

pack = Pack("sweepbench")


@pack.node()
def costly(seconds: float, marker: str) -> str:
    """What all points share."""
    time.sleep(seconds)
    with Path(marker).open("a") as file:
        file.write("x")
    return "found"


@pack.node(output=True)
def point(text: str, value: int, seconds: float, *, run: Run) -> None:
    """What each point does itself."""
    time.sleep(seconds)
    run.show(text=[f"{text} {value}"])
'''


def points(count: int, shared: float, own: float, marker: Path) -> list[Prepared]:
    """The runs of the sweep."""
    costly = {"class_type": "sweepbench/costly", "inputs": {"seconds": shared, "marker": str(marker)}}
    return [
        Prepared(
            {
                "1": costly,
                "2": {"class_type": "sweepbench/point", "inputs": {"text": ["1", 0], "value": value, "seconds": own}},
            }
        )
        for value in range(count)
    ]


async def measured(base: Path, workers: int, options: argparse.Namespace, cluster: Cluster) -> tuple[float, int]:
    """(seconds from the first point's beginning to the last one's end, how often the shared part was computed)."""
    marker = base / f"marker-{workers}"
    settings = WorkerSettings(
        base=str(base), packs=["sweepbench:pack"], installed=False, environment={"PYTHONPATH": os.environ["PYTHONPATH"]}
    )
    spans: list[tuple[float, float]] = []

    def told(_: int, result: Result) -> None:
        now = time.perf_counter()
        spans.append((now - result.total, now))

    work = points(options.points, options.shared, options.own, marker)
    await sweeps.run(work, settings, workers, told, CancelToken(), cluster.spawn)
    return max(end for _, end in spans) - min(begin for begin, _ in spans), len(marker.read_text())


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=16)
    parser.add_argument("--shared", type=float, default=4.0)
    parser.add_argument("--own", type=float, default=1.0)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        (base / "sweepbench.py").write_text(PACK)
        here = str(Path(__file__).parent.parent)
        os.environ["PYTHONPATH"] = os.pathsep.join([here, name])
        cluster = Cluster("ray", max(options.workers))
        print("| workers | seconds | shared part computed | least possible | every point by itself |")
        print("|--:|--:|--:|--:|--:|")
        try:
            cluster.join()  # in this thread: a Ray of this machine ends with the thread that started it
            for workers in options.workers:
                seconds, times = asyncio.run(measured(base, workers, options, cluster))
                share = -(-options.points // workers)
                least, alone = options.shared + share * options.own, share * (options.shared + options.own)
                print(f"| {workers} | {seconds:.1f} | {times} | {least:.1f} | {alone:.1f} |", flush=True)
        finally:
            cluster.close()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
