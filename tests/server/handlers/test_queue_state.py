"""The queue as a whole."""

from __future__ import annotations

from tests.server.conformance.kit import connected, prompt
from tests.server.handlers.test_jobs import in_state, submit

PATH = "/api/v1/queue"


async def test_a_paused_queue_begins_nothing(url: str) -> None:
    async with connected(url) as client:
        assert await client.get(PATH) == {
            "paused": False,
            "pending": 0,
            "running": 0,
            "workers": 1,
            "workers_ready": 1,
        }
        try:
            assert (await client.post(f"{PATH}/pause"))["paused"] is True
            id = (await submit(client, prompt("Show", value=51)))["id"]
            held = await client.get(PATH)
            assert (held["paused"], held["pending"]) == (True, 1)
        finally:
            assert (await client.post(f"{PATH}/resume"))["paused"] is False
        await in_state(client, id, "succeeded")
