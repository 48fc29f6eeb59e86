"""The whole application: two servers that share a database and a store of files, but no disk."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import aiohttp
import pytest

from graphcore.errors import UserError
from server.app import make_app
from server.settings import ServerSettings
from tests.server.conformance.kit import Process
from tests.server.jobs.helpers import PACK, prompt


async def uploaded(http: aiohttp.ClientSession, url: str, name: str, body: bytes) -> str:
    form = aiohttp.FormData()
    form.add_field("image", body, filename=name)
    async with http.post(f"{url}/upload/image", data=form) as response:
        assert response.status == 200, await response.text()
        return str((await response.json())["name"])


async def queued(http: aiohttp.ClientSession, url: str, kind: str, **inputs: object) -> str:
    for _ in range(100):
        async with http.post(f"{url}/prompt", json={"prompt": prompt(kind, **inputs)}) as response:
            if response.status != 503:
                assert response.status == 200, await response.text()
                return str((await response.json())["prompt_id"])
        await asyncio.sleep(0.2)
    raise AssertionError("No worker came.")


async def ended(http: aiohttp.ClientSession, url: str, id: str) -> dict[str, object]:
    for _ in range(600):
        async with http.get(f"{url}/api/v1/jobs/{id}") as response:
            job: dict[str, object] = await response.json()
        if job["ended_at"] is not None:
            return job
        await asyncio.sleep(0.05)
    raise AssertionError("The job did not end.")


async def viewed(http: aiohttp.ClientSession, url: str, name: str, area: str) -> bytes:
    async with http.get(f"{url}/view", params={"filename": name, "type": area}) as response:
        assert response.status == 200, await response.text()
        return await response.read()


async def test_servers_that_share_no_disk_serve_each_others_files(
    tmp_path: Path, store_url: str, postgresql: str
) -> None:
    servers = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        options = ("--files", store_url, "--database", postgresql)
        servers.append(Process(tmp_path / name, *options, GRAPHCORE_PACKS=PACK))
    try:
        one, two = (server.url for server in servers)
        async with aiohttp.ClientSession() as http:
            assert await uploaded(http, one, "in.txt", b"first") == "in.txt"
            assert await uploaded(http, two, "in.txt", b"second") == "in (1).txt"
            assert await viewed(http, two, "in.txt", "input") == b"first"
            reading = await queued(http, two, "read", name="in.txt")
            saving = [
                await queued(http, url, "save_numbered", text=f"made {url}", seconds=0.2) for url in (one, two) * 2
            ]
            assert (await ended(http, one, reading))["outputs"] == {"1": {"text": ["first"]}}
            jobs = [await ended(http, two, id) for id in saving]
            files = [file for job in jobs for file in job["files"]]  # type: ignore[attr-defined]
            assert len({file["filename"] for file in files}) == 4
            for url in (one, two):
                for file in files:
                    body = await viewed(http, url, file["filename"], "output")
                    assert hashlib.sha256(body).hexdigest() == file["sha256"]
                async with http.get(f"{url}/internal/files/output") as response:
                    assert sorted(await response.json()) == sorted(file["filename"] for file in files)
                async with http.get(f"{url}/view", params={"filename": "none.png"}) as response:
                    assert response.status == 404
                async with http.get(f"{url}/api/v1/outputs") as response:
                    listed = (await response.json())["outputs"]
                assert {file["filename"] for file in listed} == {file["filename"] for file in files}
    finally:
        codes = [server.stop() for server in servers]
    assert codes == [0, 0]
    assert not any(path.is_file() for name in ("one", "two") for path in (tmp_path / name / "output").rglob("*"))


async def test_damage_in_the_store_is_told_and_never_served(tmp_path: Path) -> None:
    store = tmp_path / "store"
    server = Process(tmp_path, "--files", str(store))
    async with aiohttp.ClientSession() as http:
        await uploaded(http, server.url, "a.txt", b"content")
    assert server.stop() == 0
    (blob,) = (path for path in (store / "blobs").rglob("*") if path.is_file())
    blob.write_bytes(b"damaged")
    server = Process(tmp_path, "--files", str(store))
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{server.url}/view", params={"filename": "a.txt", "type": "input"}) as response,
    ):
        assert response.status == 503
        assert "'a.txt' is damaged" in await response.text()
    assert server.stop() == 0


def test_a_store_that_is_none_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="file store nowhere://x"):
        make_app(ServerSettings(base_dir=str(tmp_path), files="nowhere://x"), workers=[])
