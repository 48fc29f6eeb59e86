"""Owner processes that are killed, and what must be true of the store afterwards."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select

from server.jobs.database import parse
from server.jobs.schema import jobs

ROOT = Path(__file__).parents[3]
TIMEOUT = 60.0


class Owner:
    """A process that owns a store, with a thread that collects what it says."""

    def __init__(self, url: str, base: Path, *, lease: float = 30, **environment: str):
        command = [sys.executable, "-m", "tests.server.jobs.owner", url, str(base), str(lease)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.said: list[dict[str, Any]] = []
        self._lines: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(json.loads(line))

    def ask(self, **request: Any) -> None:
        """Send a request; to a process that was killed, nothing."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return

    def wait_for(self, **what: Any) -> dict[str, Any]:
        """The first thing said that has these values."""
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            for said in tuple(self.said):
                if all(said.get(name) == value for name, value in what.items()):
                    return said
            if self.process.poll() is not None and not self._reader.is_alive():
                break
            time.sleep(0.003)
        raise AssertionError(f"It never said {what}, but {self.said[-5:]}")

    @property
    def worker(self) -> int:
        """The process id of the worker that was ready first."""
        end = time.monotonic() + TIMEOUT
        while not (found := [said["ready"] for said in tuple(self.said) if "ready" in said]):
            assert time.monotonic() < end, self.said
            time.sleep(0.003)
        return int(found[0])

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.gone()

    def gone(self) -> int:
        """Wait for the process to be gone; its status."""
        code = self.process.wait(TIMEOUT)
        self._reader.join(TIMEOUT)
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def drain(self) -> None:
        """Have it finish everything, and go."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(5 * TIMEOUT) == 0, self.said[-5:]  # hundreds of jobs may be left
        self.gone()

    def accepted(self) -> set[str]:
        return {said["accepted"] for said in self.said if "accepted" in said}

    def cancelled(self) -> set[str]:
        return {said["cancelled"] for said in self.said if said.get("done")}

    def reported_done(self) -> set[str]:
        return {said["job"] for said in self.said if said.get("state") == "succeeded"}


def rows(url: str) -> dict[str, Any]:
    """id -> row, of everything in a store that nobody owns now."""
    engine = create_engine(parse(url))
    with engine.begin() as connection:
        found = {row.id: row for row in connection.execute(select(jobs))}
    engine.dispose()
    return found


def damage(row: Any, base: Path) -> list[str]:
    """What is wrong with the files that a succeeded job is said to have made."""
    wrong = []
    for file in json.loads(row.files):
        path = base / file["type"] / file["subfolder"] / file["filename"]
        data = path.read_bytes() if path.is_file() else b""
        if (len(data), hashlib.sha256(data).hexdigest()) != (file["size"], file["sha256"]):
            wrong.append(f"{row.id}: {path}")
    return wrong


def check(url: str, base: Path, accepted: set[str], cancelled: set[str], done: set[str]) -> None:
    """Nothing accepted is lost, nothing is called done that is not, and who was told so is right for ever."""
    found = rows(url)
    assert accepted <= set(found), "accepted jobs were lost"
    assert not [row.id for row in found.values() if row.ended_at is None], "jobs were forgotten"
    wanted = {id: "cancelled" if id in cancelled else "succeeded" for id in accepted | done}
    assert {id: found[id].state for id in wanted} == wanted
    succeeded = [row for row in found.values() if row.state == "succeeded"]
    assert not [problem for row in succeeded for problem in damage(row, base)]
    assert all(json.loads(row.files) for row in succeeded if row.id.startswith("save"))


def stop(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)


def go_on(pid: int) -> None:
    os.kill(pid, signal.SIGCONT)
