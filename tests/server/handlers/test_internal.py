"""What the stock page asks beside the API."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path

import pytest

from tests.server.conformance.kit import served


async def test_log_lines_are_kept_and_sent_to_those_who_ask(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("tests")
    async with served(tmp_path) as client, client.ws_connect("/ws?clientId=me") as socket:
        assert (await socket.receive_json())["type"] == "status"
        with caplog.at_level(logging.INFO):
            log.info("before")
            async with client.patch("/internal/logs/subscribe", json={"clientId": "me", "enabled": True}) as response:
                assert response.status == 200
            log.info("after")
            said = await asyncio.wait_for(socket.receive_json(), 5)
            while "aiohttp.access" in str(said):  # the server of these tests logs requests, ours does not
                said = await asyncio.wait_for(socket.receive_json(), 5)
        assert (said["type"], said["data"]["size"]) == ("logs", None)
        assert said["data"]["entries"][0]["m"] == "INFO tests: after\n"
        raw = await (await client.get("/internal/logs/raw")).json()
        mine = [entry["m"] for entry in raw["entries"] if "INFO tests:" in entry["m"]]
        assert mine == ["INFO tests: before\n", "INFO tests: after\n"]
        assert "INFO tests: before\n" in await (await client.get("/internal/logs")).json()
        await client.patch("/internal/logs/subscribe", json={"clientId": "nobody", "enabled": True})


async def test_files_are_listed_newest_first(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for age, name in enumerate(("new.png", "old.png", ".part-x")):
            (tmp_path / "output" / name).write_text("x")
            os.utime(tmp_path / "output" / name, (1_000_000 - age, 1_000_000 - age))
        (tmp_path / "output" / "folder").mkdir()
        assert await (await client.get("/internal/files/output")).json() == ["new.png", "old.png"]


async def test_health(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert await (await client.get("/health/live")).json() == {"status": "live"}
        assert await (await client.get("/api/health/ready")).json() == {"status": "ready", "workers": 1}
