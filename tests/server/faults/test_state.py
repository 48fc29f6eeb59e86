"""What the server keeps for itself, on a disk that takes no more."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.server.conformance.kit import PACK, Client, prompt
from tests.server.faults.client import client_of
from tests.server.faults.disk import Limited, Small


async def test_a_catalogue_that_cannot_be_kept_is_answered_all_the_same(disk: Limited | Small) -> None:
    async with client_of(disk) as client:
        before = await client.get("/object_info")
        kept = disk.root / ".graphcore" / "catalogues"
        custom = disk.root / "custom_nodes"
        custom.mkdir(exist_ok=True)
        (custom / "note.py").touch()  # the fingerprint changes, so the catalogue is to be kept anew
        names = sorted(path.name for path in kept.iterdir())
        with disk.full():
            assert await client.get("/object_info") == before
        assert sorted(path.name for path in kept.iterdir()) == names


@pytest.mark.skipif(sys.platform == "win32", reason="has no limits of processes")
@pytest.mark.parametrize("option", ["store", "token", "state"])
def test_a_server_whose_state_cannot_be_written_says_so(tmp_path: Path, option: str) -> None:
    if option == "state":
        (tmp_path / ".graphcore").write_text("a file where the folder should be")
    flags = ["--generate-token"] if option == "token" else []
    code = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY));"
    code = "import sys;" if option == "state" else code
    code += "from graphcore.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "serve", "--port", "0", "--base-dir", str(tmp_path), *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode not in (0, None)
    assert "Traceback" not in done.stderr
    assert str(tmp_path) in done.stderr
    assert not (tmp_path / ".graphcore" / "token").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_server_whose_log_is_full_goes_on(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"GRAPHCORE_PACKS": PACK, "GRAPHCORE_INSTALLED_PACKS": "0", "PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-m", "graphcore", "serve", "--port", str(port), "--base-dir", str(tmp_path)]
    with open("/dev/full", "w") as full:
        server = subprocess.Popen(command, stdout=full, stderr=full, env={**os.environ, **settings})
    try:
        assert asyncio.run(_fails_and_works(f"http://127.0.0.1:{port}", server))
    finally:
        server.terminate()
        server.wait(20)


async def _fails_and_works(url: str, server: subprocess.Popen[bytes]) -> bool:
    async with aiohttp.ClientSession() as session:
        client = Client(url, session)
        async with asyncio.timeout(60):
            while True:
                assert server.poll() is None
                with contextlib.suppress(aiohttp.ClientError):
                    await client.get("/queue")
                    break
                await asyncio.sleep(0.05)
        failed = await client.submit(prompt("Fail"))  # which is logged
        await client.ended(failed)
        id = await client.submit(prompt("Show", value=4))
        return bool((await client.ended(id))[id]["status"]["completed"])
