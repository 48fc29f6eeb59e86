"""What of sections A and H of the conformance list shows only over HTTP: answers, history, freed memory."""

from __future__ import annotations

from tests.server.conformance.kit import connected, prompt, unique


async def test_A001_an_empty_body_is_no_prompt(url: str) -> None:
    async with connected(url) as client:
        answer = await client.post("/prompt", {}, status=400)
        assert answer["error"]["type"] == "no_prompt"
        assert answer["node_errors"] == {}


async def test_A010_nothing_is_queued_if_no_output_is_sound(url: str) -> None:
    async with connected(url) as client:
        before = set(await client.get("/history"))
        answer = await client.post("/prompt", {"prompt": prompt("Show", value="much")}, status=400)
        assert answer["error"]["type"] == "prompt_outputs_failed_validation"
        assert await client.get("/queue") == {"queue_running": [], "queue_pending": []}
        assert set(await client.get("/history")) == before


async def test_A053_A054_history_has_the_prompt_as_it_ran(url: str) -> None:
    sent = {
        "1": {"class_type": "Value", "inputs": {"value": {"__value__": "12"}}, "_meta": {"title": "N"}, "odd": [1]},
        "2": {"class_type": "Show", "inputs": {"value": ["1", 0]}},
    }
    async with connected(url) as client:
        answer = await client.post("/prompt", {"prompt": sent})
        (record,) = (await client.ended(answer["prompt_id"])).values()
        kept = record["prompt"][2]
        assert kept["1"] == {"class_type": "Value", "inputs": {"value": 12}, "_meta": {"title": "N"}, "odd": [1]}
        assert kept["2"]["inputs"] == {"value": ["1", 0]}


async def test_H026_freed_memory_makes_the_next_run_anew(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        cached = []
        for free in (False, False, True):
            if free:
                await client.post("/free", {"free_memory": True})
            await socket.done(await client.submit(prompt("Show", value=2611), client_id=id))
            cached.append([data["nodes"] for kind, data in socket.heard if kind == "execution_cached"][-1])
        assert cached == [[], ["1"], []]
