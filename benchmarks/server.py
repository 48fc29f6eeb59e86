"""The server under load: how soon it answers, how many tiny jobs it completes, how its lists and sockets keep up.

usage: python -m benchmarks.server [--jobs N] [--queued N] [--clients N]

The server is a real process with a real worker; the jobs are one node that does nothing. Client and server share the
machine, so on few cores the figures are what is left for the server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp

ROOT = Path(__file__).parent.parent
PACK = '''
import time

from graphcore import Pack, Run

pack = Pack("bench")


@pack.node(output=True)
def tiny(value: int, *, run: Run) -> None:
    """Show a number."""
    run.show(text=[str(value)])


@pack.node(output=True, volatile=True)
def steps(count: int, seconds: float, *, run: Run) -> None:
    """Report many steps."""
    for step in range(count):
        time.sleep(seconds / count)
        run.progress(step + 1, count)
'''
CONNECTIONS = 16
Rows = dict[str, str]


class Server:
    """A server process in an empty folder."""

    def __init__(self, base: Path):
        (base / "benchpack.py").write_text(PACK)
        settings = {"GRAPHCORE_PACKS": "benchpack:pack", "GRAPHCORE_INSTALLED_PACKS": "0"}
        path = os.pathsep.join([str(ROOT), str(base)])
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "graphcore", "serve", "--port", "0", "--base-dir", str(base)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **settings, "PYTHONPATH": path},
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]
        urllib.request.urlopen(f"{self.url}/prompt").read()
        self.answered = time.perf_counter() - self.started
        urllib.request.urlopen(f"{self.url}/object_info").read()
        self.catalogued = time.perf_counter() - self.started

    def memory(self) -> float:
        """MiB that the server itself holds."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            return 0.0
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def busy(self) -> float:
        """Seconds of processor time that the server itself has used."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End it, as Ctrl-C does."""
        self.process.terminate()
        self.process.wait()


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=5_000)
    parser.add_argument("--queued", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ready = []
        for _ in range(5):
            server = Server(Path(folder))
            ready.append((server.answered, server.catalogued, server.busy()))
            server.stop()
        names = ("first answer after start", "catalogue after start", "processor time of the server until then")
        rows = {
            name: f"{statistics.median(times):.2f} s"
            for name, times in zip(names, zip(*ready, strict=True), strict=True)
        }
        server = Server(Path(folder))
        try:
            rows |= asyncio.run(load(server, options))
        finally:
            server.stop()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| what | figure |\n|---|--:|")
    for name, figure in rows.items():
        print(f"| {name} | {figure} |")


async def load(server: Server, options: argparse.Namespace) -> Rows:
    """Everything that needs a server under load."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        ask = Ask(server.url, session)
        await ask.drained(await ask.submit(0))
        rows = await throughput(ask, options.jobs)
        before = server.memory()
        busy = server.busy()
        rows |= await throughput(ask, options.jobs, "again: ")
        rows["server memory, growth over that again"] = f"{before:.0f} MiB, {server.memory() - before:+.1f} MiB"
        rows["processor time of the server a job"] = f"{(server.busy() - busy) / options.jobs * 1e3:.2f} ms"
        rows |= await followed(ask, options.clients)
        rows |= await crowded(ask, options.queued)
    return rows


class Ask:
    """A client."""

    def __init__(self, url: str, session: aiohttp.ClientSession):
        self.url, self.session = url, session

    async def submit(self, value: int, **body: object) -> str:
        """Queue a tiny job."""
        prompt = {"1": {"class_type": "bench/tiny", "inputs": {"value": value}}}
        return await self.post({"prompt": prompt, **body})

    async def post(self, body: object) -> str:
        """Queue a job."""
        async with self.session.post(f"{self.url}/prompt", data=json.dumps(body)) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return str(answer["prompt_id"])

    async def get(self, path: str) -> int:
        """Read an answer; its size."""
        async with self.session.get(self.url + path) as response:
            assert response.status == 200
            return len(await response.read())

    async def drained(self, last: str) -> None:
        """Wait until a job has ended."""
        while await self.get(f"/history/{last}") <= 2:
            await asyncio.sleep(0.02)


async def many(count: int, work: Callable[[int], Awaitable[object]]) -> list[float]:
    """Do something many times over a few connections; the seconds of each, sorted."""
    seconds: list[float] = []
    numbers = iter(range(count))

    async def one() -> None:
        for number in numbers:
            started = time.perf_counter()
            await work(number)
            seconds.append(time.perf_counter() - started)

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return sorted(seconds)


async def throughput(ask: Ask, jobs: int, prefix: str = "") -> Rows:
    """Jobs a second, accepted and completed."""
    ids: list[str] = []
    base = time.time_ns() % 2**40

    async def submit(number: int) -> None:
        ids.append(await ask.submit(base + number))

    started = time.perf_counter()
    await many(jobs, submit)
    accepted = time.perf_counter() - started
    await ask.drained(ids[-1])
    completed = time.perf_counter() - started
    return {
        f"{prefix}{jobs} tiny jobs accepted": f"{jobs / accepted:.0f} /s",
        f"{prefix}the same completed, end to end": f"{jobs / completed:.0f} /s",
    }


async def crowded(ask: Ask, queued: int) -> Rows:
    """Latency of submitting and listing while many jobs wait behind one that takes long."""
    slow = {"1": {"class_type": "bench/steps", "inputs": {"count": 6_000, "seconds": 600.0}}}
    blocker = await ask.post({"prompt": slow})
    await many(queued, ask.submit)
    submit = [await timed(ask.submit(number)) for number in range(300)]
    listing = [await timed(ask.get("/queue")) for _ in range(50)]
    history = [await timed(ask.get("/history?max_items=64")) for _ in range(50)]
    jobs = [await timed(ask.get("/jobs?status=pending&limit=100")) for _ in range(50)]
    async with ask.session.post(f"{ask.url}/queue", data='{"clear": true}') as response:
        assert response.status == 200
    async with ask.session.post(f"{ask.url}/interrupt") as response:
        assert response.status == 200
    await ask.drained(blocker)
    return {
        f"submit with {queued} queued, median and p99": told(submit),
        f"GET /queue with {queued} queued, median and p99": told(listing),
        "GET /history?max_items=64, median and p99": told(history),
        f"GET /jobs?status=pending&limit=100 with {queued} queued, median and p99": told(jobs),
    }


async def timed(work: Awaitable[object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


def told(seconds: list[float]) -> str:
    """Median and 99th percentile in milliseconds."""
    ordered = sorted(seconds)
    return f"{statistics.median(ordered) * 1e3:.1f} ms, {ordered[int(len(ordered) * 0.99)] * 1e3:.1f} ms"


async def followed(ask: Ask, clients: int) -> Rows:
    """A run of 200 steps in one second, alone and with many sockets that follow the queue."""
    alone = await _follow(ask, 0)
    return {
        "a run of 200 steps, followed by its client": f"{alone:.2f} s",
        f"the same with {clients} more sockets": f"{await _follow(ask, clients):.2f} s",
    }


async def _follow(ask: Ask, clients: int) -> float:
    """Seconds from submitting to the end, as the submitting client hears it."""
    sockets = [await ask.session.ws_connect(f"{ask.url}/ws?clientId=c{number}") for number in range(clients + 1)]
    readers = [asyncio.create_task(_read(socket)) for socket in sockets[1:]]
    started = time.perf_counter()
    body = {"1": {"class_type": "bench/steps", "inputs": {"count": 200, "seconds": 1.0}}}
    id = await ask.post({"prompt": body, "client_id": "c0"})
    async for message in sockets[0]:
        said = json.loads(message.data)
        if said["type"] == "executing" and said["data"]["node"] is None and said["data"]["prompt_id"] == id:
            break
    seconds = time.perf_counter() - started
    for socket in sockets:
        await socket.close()
    await asyncio.gather(*readers)
    return seconds


async def _read(socket: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in socket:
        pass


if __name__ == "__main__":
    main()
