"""A fleet on one machine: two servers over one PostgreSQL, four workers on one Ray, nodes that sleep.

usage: python -m benchmarks.cluster POSTGRESQL_URL RAY_ADDRESS FOLDER [--seconds S] [--queued N]

POSTGRESQL_URL names a database whose content is lost. RAY_ADDRESS is that of a Ray on this machine which was started
with room for four workers (`ray start --head --num-cpus 4 --ray-client-server-port 10001`) and with FOLDER, where the
nodes are written, on its PYTHONPATH. Sleeping nodes need no processor, so what is measured is what servers, store and
actors add, on whatever else the machine does meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import create_engine, text

from benchmarks.server import PACK, ROOT
from server.jobs.database import parse
from server.jobs.migrations import prepare
from server.jobs.operations import Result
from server.jobs.records import NewJob
from server.jobs.states import State
from server.jobs.store import JobStore

DONE = text("SELECT count(*) FROM jobs WHERE ended_at IS NOT NULL")


def empty(url: str) -> None:
    """A store without jobs."""
    engine = create_engine(parse(url))
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        prepare(connection)
    engine.dispose()


@contextlib.contextmanager
def server(base: Path, url: str, address: str, workers: int) -> Iterator[str]:
    """A server and its workers; its URL, once all of them are ready."""
    (base / "benchpack.py").write_text(PACK)
    environment = {
        **os.environ,
        "GRAPHCORE_PACKS": "benchpack:pack",
        "GRAPHCORE_INSTALLED_PACKS": "0",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(base)]),
    }
    places = ["--database", url, "--workers", address, "--max", str(workers)]
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "graphcore",
            "serve",
            "--port",
            "0",
            "--base-dir",
            str(base),
            *places,
        ],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.wait(60)


async def ready(http: aiohttp.ClientSession, url: str, workers: int) -> None:
    """Wait until so many workers can take a job."""
    while True:
        async with http.get(f"{url}/health/ready") as response:
            if (await response.json())["workers"] == workers:
                return
        await asyncio.sleep(0.2)


async def throughput(http: aiohttp.ClientSession, urls: list[str], jobs: int, seconds: float) -> float:
    """Jobs a second, from the first submission to the last end; each job sleeps."""
    prompt = {"1": {"class_type": "bench/steps", "inputs": {"count": 4, "seconds": seconds}}}
    started = time.perf_counter()
    for index in range(jobs):
        async with http.post(f"{urls[index % len(urls)]}/prompt", data=json.dumps({"prompt": prompt})) as response:
            assert response.status == 200, await response.text()
    while True:
        async with http.get(f"{urls[0]}/queue") as response:
            if not any((await response.json()).values()):
                break
        await asyncio.sleep(0.02)
    found = jobs / (time.perf_counter() - started)
    async with http.post(f"{urls[0]}/history", data=json.dumps({"clear": True})) as response:
        assert response.status == 200
    return found


async def queue_up(url: str, jobs: int) -> None:
    """Put tiny jobs straight into the store."""
    store = JobStore(url)
    try:
        for first in range(0, jobs, 500):
            fresh = [
                NewJob(
                    id=f"tiny-{index}",
                    number=float(index),
                    prompt=json.dumps({"1": {"class_type": "bench/tiny", "inputs": {"value": index}}}),
                    targets='["1"]',
                )
                for index in range(first, min(first + 500, jobs))
            ]
            await asyncio.gather(*(store.enqueue(job) for job in fresh))
    finally:
        store.close()


async def seconds_a_turn(url: str, turns: int) -> float:
    """Seconds that a job costs in the store: its end, and the claim of the next one; the median."""
    store = JobStore(url)
    try:
        claimed, found = await store.claim("bench"), []
        for _ in range(turns):
            assert claimed is not None
            started = time.perf_counter()
            ending = store.finish(claimed[1], State.SUCCEEDED, Result())
            claimed = await store.claim("bench")
            await ending
            found.append(time.perf_counter() - started)
        return statistics.median(found)
    finally:
        store.close()


async def seconds_a_job(url: str, count: int) -> float:
    """Seconds from one end to the next, over the next so many jobs of a store that a server works through."""
    engine = create_engine(parse(url))
    try:
        with engine.connect() as connection:

            def done() -> int:
                with connection.begin():
                    return int(
                        connection.execute(text("SELECT count(*) FROM jobs WHERE ended_at IS NOT NULL")).scalar() or 0
                    )

            while done() < 120:  # a hundred were ended before the server was there
                await asyncio.sleep(0.05)
            before, started = done(), time.perf_counter()
            while done() < before + count:
                await asyncio.sleep(0.05)
            return (time.perf_counter() - started) / (done() - before)
    finally:
        engine.dispose()


async def measure(url: str, address: str, base: Path, seconds: float, queued: int) -> AsyncIterator[tuple[str, str]]:
    """(name, figure), each as soon as it is known."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=300)) as http:
        empty(url)
        with server(base, url, address, 1) as only:
            await ready(http, only, 1)
            one = await throughput(http, [only], 12, seconds)
        yield "jobs/s, one server, one worker", f"{one:.2f}"
        with (
            server(base, url, address, 2) as first,
            server(base, url, address, 2) as second,
        ):
            await asyncio.gather(ready(http, first, 2), ready(http, second, 2))
            four = await throughput(http, [first, second], 48, seconds)
        yield "jobs/s, two servers, four workers", f"{four:.2f}"
        yield "ratio", f"{four / one:.2f}"
        for waiting in (queued // 50, queued):
            empty(url)
            await queue_up(url, waiting)
            turn = await seconds_a_turn(url, 100)
            yield f"ms to end one job and claim the next, {waiting:,} queued", f"{turn * 1000:.1f}"
            with server(base, url, address, 1):
                cost = await seconds_a_job(url, min(150, waiting - 150))
            yield (
                f"ms a job that does nothing, {waiting:,} queued",
                f"{cost * 1000:.1f}",
            )


async def report(*given: Any) -> None:
    """Measure, and print."""
    async for name, value in measure(*given):
        print(f"{name:58} {value}", flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("url", "ray", "folder"):
        parser.add_argument(name)
    parser.add_argument("--seconds", type=float, default=1.0, help="that a job sleeps")
    parser.add_argument("--queued", type=int, default=10_000)
    options = parser.parse_args()
    asyncio.run(
        report(
            options.url,
            options.ray,
            Path(options.folder),
            options.seconds,
            options.queued,
        )
    )
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
