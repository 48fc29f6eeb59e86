"""A worker for each device."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from graphcore.errors import UserError
from server.workers.devices import THREADS, VISIBLE, devices_of
from tests.server.conformance.kit import Process, connected, prompt

TWO = {VISIBLE: "4,GPU-abc"}


def told(*wanted: str, environment: dict[str, str]) -> list[tuple[str, Any]]:
    return [(device.name, dict(device.environment)) for device in devices_of(wanted, environment)]


def test_each_visible_gpu_has_a_worker_that_sees_it_alone() -> None:
    assert told("auto", environment=TWO) == [("cuda:0", {VISIBLE: "4"}), ("cuda:1", {VISIBLE: "GPU-abc"})]
    assert told(environment=TWO) == told("auto", environment=TWO)
    assert told("cuda:1", environment=TWO) == [("cuda:1", {VISIBLE: "GPU-abc"})]


@pytest.mark.parametrize("visible", ["", "-1", "3"])
def test_a_single_device_is_left_to_the_runtime(visible: str) -> None:
    assert told("auto", environment={VISIBLE: visible}) == [("default", {})]


def test_processors_share_their_cores() -> None:
    assert told("cpu", environment=TWO) == [("cpu", {VISIBLE: ""})]
    threads = dict.fromkeys(THREADS, str(max((os.cpu_count() or 1) // 2, 1)))
    assert told("cpu", "cpu", environment=TWO) == [("cpu", {VISIBLE: "", **threads})] * 2
    assert told("cpu", "cpu", environment={**TWO, THREADS[0]: "3"}) == [("cpu", {VISIBLE: ""})] * 2


@pytest.mark.parametrize("name", ["cuda:2", "cuda", "cuda:x", "tpu:0", "auto,cpu"])
def test_what_is_no_device_is_told(name: str) -> None:
    with pytest.raises(UserError, match="device"):
        devices_of([name], TWO)


async def test_two_workers_run_two_jobs_at_once_and_one_goes_on_without_the_other(tmp_path: Path) -> None:
    process = Process(tmp_path, "--device", "cpu", "--device", "cpu")
    try:
        async with connected(process.url) as client:
            assert len((await client.get("/system_stats"))["devices"]) == 2
            async with asyncio.timeout(20):
                while (await client.get("/api/v1/queue"))["workers_ready"] < 2:
                    await asyncio.sleep(0.05)
            first, second = [await client.submit(prompt("Sleep", seconds=2.0)) for _ in range(2)]
            await client.until_queue(lambda queue: len(queue["queue_running"]) == 2)
            children = subprocess.run(["pgrep", "-P", str(process.process.pid)], capture_output=True, check=True).stdout
            os.kill(int(children.split()[0]), signal.SIGKILL)
            done = await client.ended(first, second)
            assert [done[id]["status"]["status_str"] for id in (first, second)] == ["success"] * 2
            attempts = [(await client.get(f"/api/v1/jobs/{id}"))["attempt"] for id in (first, second)]
            assert sorted(attempts) == [1, 2]
    finally:
        process.stop()


def test_a_device_that_is_not_there_is_refused_at_the_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "graphcore", "serve", "--base-dir", str(tmp_path), "--device", "cuda:7"]
    done = subprocess.run(command, env={**os.environ, **TWO}, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no cuda:7: 2 CUDA devices are visible" in done.stderr
