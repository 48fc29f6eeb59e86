"""Section I of the conformance list, as far as it goes over HTTP: stopping what runs, and what waits behind it."""

from __future__ import annotations

from typing import Any

from tests.server.conformance.kit import Client, connected, prompt, unique

LONG = prompt("Sleep", seconds=30.0)


async def hold(client: Client) -> str:
    """A job that keeps the worker busy."""
    id = await client.submit(LONG)
    await client.begun(id)
    return id


async def last_message(client: Client, id: str) -> tuple[str, Any]:
    """What the history of a job ends with, and its status."""
    status = (await client.ended(id))[id]["status"]
    return status["messages"][-1][0], status["status_str"]


async def test_I007_an_interrupt_of_another_prompt_has_no_effect(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        busy = await client.submit(prompt("Sleep", seconds=1.0), client_id=id)
        waiting = await client.submit(prompt("Show"), client_id=id)
        await client.begun(busy)
        for other in (unique(), waiting):
            await client.post("/interrupt", {"prompt_id": other})
        await socket.done(busy)
        await socket.done(waiting)
        assert "execution_interrupted" not in socket.types()
        assert await last_message(client, busy) == ("execution_success", "success")
        assert await last_message(client, waiting) == ("execution_success", "success")


async def test_I008_an_interrupt_without_a_body(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        busy = await client.submit(LONG, client_id=id)
        await client.begun(busy)
        await client.post("/interrupt", status=200)
        data = await socket.until("execution_interrupted", prompt_id=busy)
        assert (data["node_id"], data["node_type"]) == ("1", "Sleep")
        assert "execution_success" not in socket.types()
        assert await last_message(client, busy) == ("execution_interrupted", "error")


async def test_I006_I010_an_interrupt_by_its_own_id(url: str) -> None:
    async with connected(url) as client:
        busy, waiting = await hold(client), await client.submit(prompt("Show"))
        await client.post("/interrupt", {"prompt_id": busy})
        assert await last_message(client, busy) == ("execution_interrupted", "error")
        assert await last_message(client, waiting) == ("execution_success", "success")


async def test_I009_an_interrupt_while_idle_does_not_reach_the_next(url: str) -> None:
    async with connected(url) as client:
        await client.post("/interrupt")
        id = await client.submit(prompt("Sleep", seconds=0.1))
        assert await last_message(client, id) == ("execution_success", "success")


async def test_I013_what_waits_can_be_deleted_while_something_runs(url: str) -> None:
    async with connected(url) as client:
        busy = await hold(client)
        first, second, third = [await client.submit(prompt("Show", value=i)) for i in range(3)]
        await client.post("/queue", {"delete": [second]})
        queue = await client.get("/queue")
        assert [item[1] for item in queue["queue_running"]] == [busy]
        assert [item[1] for item in queue["queue_pending"]] == [first, third]
        await client.post("/interrupt", {"prompt_id": busy})
        await client.ended(first, third)
        assert second not in await client.get("/history")


async def test_I005_after_a_failure_the_next_prompt_runs(url: str) -> None:
    async with connected(url) as client:
        failed, after = await client.submit(prompt("Fail")), await client.submit(prompt("Show"))
        assert await last_message(client, failed) == ("execution_error", "error")
        assert await last_message(client, after) == ("execution_success", "success")
