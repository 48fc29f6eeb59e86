"""Servers, machines and networks of a fleet that fail while jobs run: nothing is lost, nothing is called done that is
not, nothing stale is stored, and what was cut off begins again within half a minute.

Two machines are two network namespaces, with a cable that can be pulled; that needs Linux and its superuser.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from server.jobs.database import parse
from tests.server.conformance.kit import Process
from tests.server.conftest import Postgresql, free_port
from tests.server.jobs.helpers import prompt
from tests.server.jobs.killing import check, rows
from tests.server.jobs.test_neighbours import session

RECOVERED = 30.0  # seconds
HERE, THERE = "10.231.77.1", "10.231.77.2"
PACK = {"GRAPHCORE_PACKS": "tests.server.jobs.pack:pack"}
RAY = ["-m", "ray.scripts.scripts", "start", "--block", "--num-cpus=1", "--object-store-memory=100000000"]


def can_make_networks() -> bool:
    with contextlib.suppress(OSError):
        return subprocess.run(["ip", "netns", "add", "graphcore-try"], capture_output=True, check=False).returncode == 0
    return False


class Machine:
    """A network namespace at the other end of a cable."""

    def __init__(self) -> None:
        self.name, self._end = f"graphcore-{os.getpid()}", f"gc{os.getpid()}"
        ip(f"netns add {self.name}")
        ip(f"link add {self._end} type veth peer name eth0 netns {self.name}")
        ip(f"addr add {HERE}/24 dev {self._end}")
        ip(f"link set {self._end} up")
        for command in ("link set lo up", f"addr add {THERE}/24 dev eth0", "link set eth0 up"):
            ip(f"-n {self.name} {command}")

    @property
    def prefix(self) -> list[str]:
        """What a command begins with that is to run there."""
        return ["ip", "netns", "exec", self.name]

    def cut(self) -> None:
        """Pull the cable."""
        ip(f"link set {self._end} down")

    def heal(self) -> None:
        """Plug it in again."""
        ip(f"link set {self._end} up")

    def remove(self) -> None:
        ip(f"netns del {self.name}")


def ip(command: str) -> None:
    subprocess.run(["ip", *command.split()], check=True)


@pytest.fixture
def machine() -> Iterator[Machine]:
    """Another machine."""
    if not can_make_networks():
        pytest.skip("network namespaces need Linux and its superuser")
    ip("netns del graphcore-try")
    found = Machine()
    yield found
    found.remove()


@pytest.fixture
def url(postgresql: str) -> str:
    """The URL of an empty database."""
    return postgresql


class Ray:
    """Nodes of one Ray, each with room for a worker. `environment`: what lets one in."""

    def __init__(self, address: str, folder: Path):
        self.port, self.client, self._folder = free_port(), free_port(), folder
        self.address, self.nodes = address, list[subprocess.Popen[bytes]]()
        token = folder / "token"
        token.write_text(secrets.token_hex(32))
        self.environment = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token), "RAY_USAGE_STATS_ENABLED": "0"}
        self._start([], f"--head --port={self.port} --ray-client-server-port={self.client} --include-dashboard=false")

    def join(self, address: str, prefix: list[str]) -> None:
        """Have one more node, on this machine or another."""
        self._start(prefix, f"--address={self.address}:{self.port}", address)

    def _start(self, prefix: list[str], options: str, address: str = "") -> None:
        log = (self._folder / f"ray-{len(self.nodes)}.log").open("wb")
        command = [*prefix, sys.executable, *RAY, f"--node-ip-address={address or self.address}", *options.split()]
        environment = {**os.environ, "PYTHONPATH": os.getcwd(), **self.environment}
        self.nodes.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        log.close()
        wait_for(lambda: b"Ray runtime started" in Path(log.name).read_bytes(), 120)

    def raylet(self, node: int) -> int:
        """The process id of what makes a machine a node."""
        return next(pid for pid in children(self.nodes[node].pid) if b"raylet/raylet" in command_of(pid))

    def stop(self) -> None:
        for node in reversed(self.nodes):
            node.terminate()
        for node in self.nodes:
            node.wait(60)


def command_of(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
    return b""


def children(pid: int) -> list[int]:
    """All processes below one."""
    mine = [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]
    return mine + [below for child in mine for below in children(child)]


def wait_for(condition: Callable[[], Any], seconds: float = 60.0) -> float:
    """Seconds until something is true."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - began


def told(url: str) -> list[Any]:
    """(server, job, type, data) of what happened."""
    engine = create_engine(parse(url))
    with engine.begin() as connection:
        found = connection.execute(text("SELECT server, job, type, data FROM events ORDER BY seq")).all()
    engine.dispose()
    return list(found)


def attempts(url: str, attempt: int) -> set[str]:
    """Jobs that were begun so often."""
    return {row.id for row in rows(url).values() if row.attempt >= attempt}


def servers_of(url: str, jobs: set[str]) -> set[str]:
    """Who ran these jobs."""
    return {row.server for row in told(url) if row.type == "job_running" and row.job in jobs}


def submit(server: Process, count: int, seconds: float = 3.0, first: int = 0) -> set[str]:
    """Queue jobs that write a file each; their ids."""

    async def all_of_them() -> set[str]:
        async with session() as http:
            found = set()
            for index in range(first, first + count):
                body = {"prompt": prompt("save", name=f"{index}.txt", seconds=seconds), "prompt_id": f"save{index}"}
                async with http.post(f"{server.url}/prompt", data=json.dumps(body)) as response:
                    assert response.status == 200, await response.text()
                    found.add((await response.json())["prompt_id"])
            return found

    return asyncio.run(all_of_them())


def running(url: str, count: int) -> bool:
    return sum(row.state == "running" for row in rows(url).values()) == count


def settled(url: str, base: Path, ids: set[str]) -> None:
    """All jobs end, once and well, with their files."""
    wait_for(lambda: all(row.ended_at is not None for row in rows(url).values()), 120)
    time.sleep(3)  # what is late now would be told in this time
    check(url, base, ids, set(), ids)
    ends = [row.job for row in told(url) if row.type == "execution_success"]
    assert sorted(ends) == sorted(ids), "every job ends once"


def report(what: str, seconds: float) -> None:
    print(f"{what}: begun again after {seconds:.1f} s")
    assert seconds <= RECOVERED


def test_a_server_that_is_killed(url: str, tmp_path: Path) -> None:
    servers = [Process(tmp_path, "--database", url, **PACK) for _ in range(2)]
    try:
        ids = submit(servers[1], 8)
        wait_for(lambda: running(url, 2))
        servers[0].process.send_signal(signal.SIGKILL)
        report("a server was killed", wait_for(lambda: attempts(url, 2)))
        settled(url, tmp_path, ids)
    finally:
        for server in servers:
            server.stop()


def test_a_server_that_is_cut_off_its_database(
    url: str, machine: Machine, postgresql_server: Postgresql, tmp_path: Path
) -> None:
    postgresql_server.admit(HERE)
    near = Process(tmp_path, "--database", url, **PACK)
    far = Process(tmp_path, "--database", url.replace("127.0.0.1", HERE), prefix=machine.prefix, **PACK)
    try:
        ids = submit(near, 12)
        wait_for(lambda: running(url, 2))
        machine.cut()
        report("a server was cut off", wait_for(lambda: attempts(url, 2)))
        again = attempts(url, 2)
        machine.heal()
        settled(url, tmp_path, ids)
        assert attempts(url, 2) == again, "what was late was not stored, and took nothing away"
        more = submit(near, 30, seconds=1.0, first=12)
        back = wait_for(lambda: len(servers_of(url, more)) == 2)
        print(f"the server that was cut off runs jobs again after {back:.1f} s")
    finally:
        near.stop()
        far.stop()
        postgresql_server.shut_out(HERE)


@pytest.fixture
def ray(machine: Machine, tmp_path: Path) -> Iterator[Ray]:
    """A Ray of this machine and another one."""
    found = Ray(HERE, tmp_path)
    try:
        found.join(THERE, machine.prefix)
        yield found
    finally:
        machine.heal()
        found.stop()


@pytest.mark.full
@pytest.mark.timeout(600)
def test_a_node_of_ray_whose_process_is_killed(url: str, ray: Ray, tmp_path: Path) -> None:
    lose_a_node(url, tmp_path, ray, lambda: os.kill(ray.raylet(1), signal.SIGKILL), "a node's process was killed")


@pytest.mark.full
@pytest.mark.timeout(600)
def test_a_node_of_ray_that_is_cut_off(url: str, ray: Ray, machine: Machine, tmp_path: Path) -> None:
    lose_a_node(url, tmp_path, ray, machine.cut, "a node was cut off", heal=machine.heal)


def lose_a_node(
    url: str, base: Path, ray: Ray, lose: Callable[[], None], what: str, heal: Callable[[], None] = lambda: None
) -> None:
    """Lose one of two nodes while a job runs on each."""
    places = ["--workers", f"ray://{ray.address}:{ray.client}", "--max", "2"]
    server = Process(base, "--database", url, *places, **PACK, **ray.environment)
    try:
        ids = submit(server, 12)
        wait_for(lambda: running(url, 2), 120)
        lose()
        report(what, wait_for(lambda: attempts(url, 2), 90))
        heal()
        settled(url, base, ids)
    finally:
        server.stop()
