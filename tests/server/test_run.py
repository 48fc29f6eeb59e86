"""The serving process: how soon it answers, how it ends, what it refuses."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from graphcore.cli import main
from tests.server.conformance.kit import WAIT, Process, connected, node, prompt

HEAVY = {"torch", "diffusers", "transformers", "nodes", "numpy", "PIL"}


PEM = Path(__file__).with_name("localhost.pem")  # a key that nobody trusts, and its certificate


def get(url: str, context: ssl.SSLContext | None = None) -> bytes:
    with urllib.request.urlopen(url, timeout=20, context=context) as response:
        return bytes(response.read())


def refused(*options: str) -> int:
    """The exit code of a server that does not come to serve."""
    with pytest.raises(SystemExit) as leaving:
        main(["serve", *options])
    return int(leaving.value.code or 0)


def test_the_server_answers_soon_and_loads_nothing_heavy(tmp_path: Path) -> None:
    started = time.perf_counter()
    subprocess.check_call([sys.executable, "-c", "import aiohttp, sqlalchemy"])
    libraries = time.perf_counter() - started
    started = time.perf_counter()
    process = Process(tmp_path)
    get(f"{process.url}/prompt")
    seconds = time.perf_counter() - started
    assert process.stop() == 0
    assert seconds < 8 * libraries  # in bare imports, as the machine may be busy; benchmarks/server.py has the seconds
    code = f"import sys, server.run; print(*(set(sys.modules) & {HEAVY}))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == []


def test_jobs_that_wait_are_there_after_a_restart(tmp_path: Path) -> None:
    process = Process(tmp_path)
    bodies = [{"prompt": {"1": node("Sleep", seconds=30.0)}}, {"prompt": {"1": node("Show", value=8)}}]
    for body in bodies:
        get_answer(f"{process.url}/prompt", body)
    pending = json.loads(get(f"{process.url}/queue"))["queue_pending"]
    process.process.kill()
    process.stop()
    again = Process(tmp_path)
    found = json.loads(get(f"{again.url}/queue"))
    assert pending[-1][1] in [item[1] for item in found["queue_pending"] + found["queue_running"]]
    get_answer(f"{again.url}/queue", {"clear": True})
    get_answer(f"{again.url}/interrupt", {})
    assert again.stop() == 0


async def test_https(tmp_path: Path) -> None:
    process = Process(tmp_path, "--tls-certfile", str(PEM), "--listen", "127.0.0.1,::1")
    try:
        assert process.url.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=str(PEM))
        assert json.loads(get(f"{process.url}/prompt", trusting)) == {"exec_info": {"queue_remaining": 0}}
        own = {"Origin": process.url}
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(f"{process.url}/ws", ssl=trusting, headers=own) as heard:
                assert (await heard.receive_json())["type"] == "status"
            with pytest.raises(aiohttp.ClientError):
                await session.get(process.url.replace("https", "http") + "/prompt")
    finally:
        assert process.stop() == 0


def get_answer(url: str, body: object) -> bytes:
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=20) as response:
        return bytes(response.read())


async def states(url: str, *ids: str) -> list[str]:
    """Where jobs stand."""
    async with aiohttp.ClientSession() as session:
        answers = [await (await session.get(f"{url}/api/v1/jobs/{id}")).json() for id in ids]
        return [answer["state"] for answer in answers]


async def told_to_stop(process: Process, *jobs: dict[str, Any], signals: int = 1) -> tuple[list[str], int]:
    """Have a server stop while the first job runs; the ids of its jobs, and its exit code."""
    async with connected(process.url) as client:
        ids = [await client.submit({"1": job}) for job in jobs]
        await client.begun(ids[0])
    for _ in range(signals):
        process.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.2)
    return ids, await asyncio.to_thread(process.process.wait, WAIT)


async def test_a_server_that_stops_lets_what_runs_end_within_its_grace(tmp_path: Path) -> None:
    process = Process(tmp_path)
    ids, code = await told_to_stop(process, node("Sleep", seconds=1.0), node("Show", value=1))
    process.stop()
    again = Process(tmp_path, GRAPHCORE_GRACE="0")
    try:
        found = await states(again.url, *ids)
        assert (code, found[0]) == (0, "succeeded")
        assert found[1] in ("queued", "running", "succeeded")
    finally:
        again.stop()


async def test_what_has_not_ended_by_then_waits_again_and_is_to_blame_for_nothing(tmp_path: Path) -> None:
    process = Process(tmp_path, GRAPHCORE_GRACE="0.2")
    ids, code = await told_to_stop(process, node("Sleep", seconds=30.0), node("Show", value=2))
    process.stop()
    with closing(sqlite3.connect(tmp_path / ".graphcore" / "jobs.db")) as store:
        rows = {id: row for id, *row in store.execute("SELECT id, state, attempt, crashes FROM jobs")}
    assert code == 0
    assert rows == {ids[0]: ["queued", 1, 0], ids[1]: ["queued", 0, 0]}


async def test_a_server_that_drains_runs_all_answers_meanwhile_and_takes_nothing_more(tmp_path: Path) -> None:
    process = Process(tmp_path, "--drain")
    async with connected(process.url) as client, client.socket("me") as socket:
        ids = [await client.submit({"1": node("Sleep", seconds=0.5)}, client_id="me") for _ in range(4)]
        await client.begun(ids[0])
        process.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(WAIT):
            while True:
                refused = await client.session.post(f"{process.url}/prompt", data=json.dumps({"prompt": {}}))
                if refused.status == 503:
                    break
                await asyncio.sleep(0.02)
        assert (await refused.json())["error"]["type"] == "stopping"
        assert int(refused.headers["Retry-After"]) > 0
        assert await client.get("/queue")
        for id in ids:
            await socket.done(id)
    assert await asyncio.to_thread(process.process.wait, WAIT) == 0
    process.stop()
    again = Process(tmp_path)
    try:
        assert await states(again.url, *ids) == ["succeeded"] * 4
    finally:
        again.stop()


async def test_a_second_signal_stops_at_once(tmp_path: Path) -> None:
    process = Process(tmp_path, "--drain")
    ids, code = await told_to_stop(process, node("Sleep", seconds=60.0), signals=2)
    process.stop()
    assert code != 0
    again = Process(tmp_path)
    try:
        assert await states(again.url, *ids) in (["queued"], ["running"])
        get_answer(f"{again.url}/interrupt", {})
    finally:
        again.stop()


async def test_a_full_queue_refuses_and_says_when_to_come_back(tmp_path: Path) -> None:
    process = Process(tmp_path, GRAPHCORE_MAX_QUEUE="2")
    try:
        async with connected(process.url) as client:
            await client.post("/api/v1/queue/pause")
            body = {"prompt": {"1": node("Show", value=1)}, "workflow": {"1": node("Show", value=1)}}
            for _ in range(2):
                await client.post("/prompt", body)
            for path in ("/prompt", "/api/v1/jobs"):
                async with client.session.post(process.url + path, data=json.dumps(body)) as response:
                    assert (response.status, int(response.headers["Retry-After"]) > 0) == (429, True)
                    assert (await response.json())["error"]["type"] == "queue_full"
            await client.post("/queue", {"clear": True})
            await client.post("/prompt", body)
    finally:
        assert process.stop() == 0


async def test_a_connection_that_says_nothing_whole_is_closed(tmp_path: Path) -> None:
    process = Process(tmp_path, GRAPHCORE_BODY_SECONDS="0.5")
    try:
        port = int(process.url.rpartition(":")[2])
        for said in (b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"POST /prompt HTTP/1.1\r\nX: " + b"x" * 1000):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said)
            assert await asyncio.wait_for(reader.read(), WAIT) == b""
            writer.close()
        async with (
            connected(process.url) as client,
            client.socket("me") as socket,
        ):  # who has said who they are may wait
            assert await socket.silent(1.5)
            await client.submit(prompt("Show", value=1), client_id="me")
            await socket.until("execution_success")
    finally:
        assert process.stop() == 0


async def test_logs_as_json_name_job_and_node_also_where_packs_log(tmp_path: Path) -> None:
    file = tmp_path / "log"
    prefix = ["sh", "-c", f'exec "$@" 2>"{file}"', "sh"]
    process = Process(tmp_path, "--log-format", "json", prefix=prefix)
    try:
        async with connected(process.url) as client:
            logged, failed = [
                await client.submit({"7": job}) for job in (node("Log", message="half\nway"), node("Fail"))
            ]
            await client.ended(logged, failed)
    finally:
        assert process.stop() == 0
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    about = {(line["logger"], line.get("job"), line.get("node")) for line in lines if line["level"] == "warning"}
    assert {("a.pack", logged, "7"), ("server.jobs", failed, "7")} <= about
    assert "half\nway" in [line["message"] for line in lines]


def test_what_must_not_be_served_is_refused_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = ["--base-dir", str(tmp_path)]
    for options, said in [
        (["--listen", "0.0.0.0", *base], "lets others in"),
        (["--token", "short", *base], "too easy to guess"),
        (["--base-dir", str(tmp_path / "none")], "There is no folder"),
        (["--config", str(tmp_path / "none.toml"), *base], "cannot be read"),
        (["--tls-keyfile", str(PEM), *base], "--tls-certfile"),
        (["--tls-certfile", str(tmp_path / "none.pem"), *base], "Check --tls-certfile"),
        (["--tls-certfile", __file__, *base], "Check --tls-certfile"),
    ]:
        assert refused(*options) == 2
        shown = capsys.readouterr().err
        assert said in shown
        assert "Traceback" not in shown


def test_a_port_that_is_taken_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert refused("--port", str(taken.getsockname()[1]), "--base-dir", str(tmp_path)) == 2
    assert "Try --port" in capsys.readouterr().err


def test_the_token_is_in_no_output(tmp_path: Path) -> None:
    token = "canary" * 8
    process = Process(tmp_path, "--token", token)
    request = urllib.request.Request(f"{process.url}/internal/logs", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=20) as response:
        assert b"canary" not in response.read()
    assert process.stop() == 0


def test_help_reads_well() -> None:
    env = {**os.environ, "COLUMNS": "100", "TERM": "dumb"}
    command = [sys.executable, "-m", "graphcore", "serve", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, env=env, check=True).stdout
    assert all(option in shown for option in ("--listen", "--port", "--token-file", "--base-dir", "--drain"))
