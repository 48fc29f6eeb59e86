"""Faults at length, with real processes: how soon the server is back, and that nothing is lost, false or mixed up.

usage: python -m benchmarks.faults [--kills N] [--cancels N] [--queued N] [--stops N]

Any job that is lost or wrong ends it with an error; figures are printed as they come. The same checks are tests in a
short form (tests/server/jobs, tests/server/workers).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import tempfile
import time
from pathlib import Path

from server.workers.process import WorkerProcess
from tests.server.conftest import running_postgresql
from tests.server.jobs.helpers import Heard, ended, running_queue, submit, until
from tests.server.jobs.test_crashpoints import killed_at_random
from tests.server.jobs.test_dispatcher import recovery
from tests.server.workers.test_protocol import cancels_around_boundaries, stops_past_leases

ROUNDS = 20  # kills on one store


async def after_quarantine(folder: Path) -> float:
    """Seconds from the end of a job that cost three workers to the start of the next one."""
    async with running_queue(folder) as queue:
        heard = Heard(queue)
        poison, following = await submit(queue, "die"), await submit(queue, "show", text="next")
        await ended(queue, poison)
        quarantined = time.monotonic()
        await until(lambda: "execution_start" in heard.types(following))
        return time.monotonic() - quarantined


def stop_workers(base: Path, rounds: int) -> None:
    """Stop workers past their leases, on both kinds of store, and print how many late results came: none may count."""
    if rounds == 0:
        return
    with contextlib.ExitStack() as stack:
        stores = {"SQLite": ""}
        try:
            stores["PostgreSQL"] = stack.enter_context(running_postgresql()).url
        except LookupError as error:
            print(f"no figure for PostgreSQL: {error}")
        for name, url in stores.items():
            (base / name).mkdir()
            stale = asyncio.run(stops_past_leases(base / name, rounds, WorkerProcess.spawn, url))
            print(f"| workers stopped past their lease, {name}; stale results accepted | {stale}; 0 |", flush=True)


def main() -> None:
    """Cause the faults, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--cancels", type=int, default=1_000)
    parser.add_argument("--queued", type=int, default=10_000)
    parser.add_argument("--stops", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        print("| what | figure |\n|---|--:|")
        seconds = asyncio.run(recovery(base / "recovery", options.queued))
        print(f"| first job runs after a restart, {options.queued} queued | {seconds:.2f} s |", flush=True)
        (base / "quarantine").mkdir()
        seconds = asyncio.run(after_quarantine(base / "quarantine"))
        print(f"| next job begins after one that was quarantined | {seconds:.2f} s |", flush=True)
        (base / "cancels").mkdir()
        asyncio.run(cancels_around_boundaries(base / "cancels", options.cancels, WorkerProcess.spawn))
        print(f"| cancels around the ends of jobs; wrong jobs | {options.cancels}; 0 |", flush=True)
        stop_workers(base, options.stops)
        for first in range(0, options.kills, ROUNDS):
            folder = base / f"kills-{first}"
            folder.mkdir()
            killed_at_random(folder, min(ROUNDS, options.kills - first), seed=100 + first // ROUNDS)
            print(f"kills so far: {min(first + ROUNDS, options.kills)}", flush=True)
        print(f"| kills at random moments; jobs lost, falsely done, forgotten | {options.kills}; 0, 0, 0 |")


if __name__ == "__main__":
    main()
