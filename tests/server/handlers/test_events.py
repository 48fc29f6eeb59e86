"""Events of jobs, as they happen and afterwards."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp

from server.keys import QUEUE
from tests.server.conformance.kit import WAIT, connected, prompt, served, unique


async def hear(response: aiohttp.ClientResponse, until: str) -> list[dict[str, Any]]:
    """Events of a stream, up to one of a type."""
    found = []
    async with asyncio.timeout(WAIT):
        async for line in response.content:
            if line.startswith(b"data: "):
                found.append(json.loads(line[6:]))
                if found[-1]["type"] == until:
                    break
    return found


async def test_events_are_streamed_and_go_on_from_a_number(url: str) -> None:
    async with connected(url) as client:
        id = unique()
        async with client.session.get(f"{url}/api/v1/events?job={id}") as stream:
            assert stream.content_type == "text/event-stream"
            assert (await stream.content.readline()) == b": hello\n"
            await client.submit(prompt("Show", value=41), prompt_id=id)
            told = await hear(stream, "job_ended")
        types = [event["type"] for event in told if event["type"] != "progress_state"]
        assert types[:3] == ["job_queued", "job_running", "execution_start"]
        assert types[-2:] == ["execution_success", "job_ended"]
        numbers = [event["number"] for event in told]
        assert numbers == sorted(set(numbers))
        seen = next(event["number"] for event in told if event["type"] == "execution_start")
        headers = {"Last-Event-ID": str(seen)}
        async with client.session.get(f"{url}/api/v1/events?job={id}", headers=headers) as stream:
            rest = await hear(stream, "job_ended")
        kept = [event for event in told if event["number"] > seen and event["type"] != "progress_state"]
        assert rest == kept


async def test_the_events_of_a_job_can_be_asked_for(url: str) -> None:
    async with connected(url) as client:
        id = await client.submit(prompt("Show", value=42))
        await client.ended(id)
        events = (await client.get(f"/api/v1/jobs/{id}/events"))["events"]
        assert {"execution_start", "execution_success"} <= {event["type"] for event in events}
        last = events[-1]["number"]
        assert len((await client.get(f"/api/v1/jobs/{id}/events?after={last - 1}"))["events"]) == 1
        for path in ("/api/v1/jobs/unknown/events", f"/api/v1/jobs/{id}/events?after=x"):
            async with client.session.get(url + path) as response:
                assert response.status in (400, 404)


async def test_the_socket_tells_the_same_and_goes_on_from_a_number(url: str) -> None:
    async with connected(url) as client, asyncio.timeout(WAIT):
        id = unique()
        async with client.session.ws_connect(f"{url}/api/v1/events/ws?job={id}") as socket:
            await client.submit(prompt("Show", value=43), prompt_id=id)
            told = [await socket.receive_json()]
            while told[-1]["type"] != "job_ended":
                told.append(await socket.receive_json())
        first = told[0]["number"]
        async with client.session.ws_connect(f"{url}/api/v1/events/ws?job={id}&after={first}") as socket:
            again = [await socket.receive_json()]
            while again[-1]["type"] != "job_ended":
                again.append(await socket.receive_json())
        assert again == [event for event in told[1:] if event["type"] != "progress_state"]


async def test_who_was_away_too_long_is_told_so(url: str) -> None:
    async with connected(url) as client, asyncio.timeout(WAIT):
        async with client.session.ws_connect(f"{url}/api/v1/events/ws?after=1") as socket:
            assert (await socket.receive_json())["type"] == "gap"
        async with client.session.get(f"{url}/api/v1/events?after=x") as response:
            assert (response.status, response.content_type) == (400, "application/json")


async def test_what_a_pack_tells_one_client_is_not_for_all_users(tmp_path: Path) -> None:
    async with served(tmp_path, multi_user=True) as client, asyncio.timeout(WAIT):
        bob = await (await client.post("/users", json={"username": "bob"})).json()
        async with client.ws_connect("/api/v1/events/ws", headers={"Comfy-User": bob}) as socket:
            events = client.app[QUEUE].events
            events.emit("pack.private", {}, client="her page", everybody=True)
            events.emit("pack.public", {}, everybody=True)
            assert (await socket.receive_json())["type"] == "pack.public"
