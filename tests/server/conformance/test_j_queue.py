"""Section J of the conformance list: queue and history."""

from __future__ import annotations

from typing import Any

from tests.server.conformance.kit import Client, connected, prompt, unique

LONG = prompt("Sleep", seconds=30.0)


async def hold(client: Client) -> str:
    """A job that keeps the worker busy."""
    id = await client.submit(LONG)
    await client.begun(id)
    return id


async def let_go(client: Client, id: str) -> None:
    await client.post("/interrupt", {"prompt_id": id})


async def order(client: Client, *ids: str) -> list[str]:
    """Jobs in the order in which they ended."""
    await client.ended(*ids)
    return [id for id in await client.get("/history") if id in ids]


async def test_j001_numbers_are_assigned_in_order_and_negated_for_front(url: str) -> None:
    async with connected(url) as client:
        answers = [await client.post("/prompt", {"prompt": prompt("Show"), "front": i == 2}) for i in range(4)]
        first = answers[0]["number"]
        assert [answer["number"] for answer in answers] == [first, first + 1, -(first + 2), first + 3]
        assert all(isinstance(answer["number"], int) and answer["node_errors"] == {} for answer in answers)


async def test_j002_front_runs_first_and_the_last_front_before_the_others(url: str) -> None:
    async with connected(url) as client:
        busy = await hold(client)
        usual = await client.submit(prompt("Show"))
        one, two = [await client.submit(prompt("Show"), front=True) for _ in range(2)]
        await let_go(client, busy)
        assert await order(client, usual, one, two) == [two, one, usual]


async def test_j003_an_explicit_number_counts_and_is_echoed_as_a_float(url: str) -> None:
    async with connected(url) as client:
        busy = await hold(client)
        usual = await client.submit(prompt("Show"))
        answer = await client.post("/prompt", {"prompt": prompt("Show"), "number": -5_000})
        assert (answer["number"], type(answer["number"])) == (-5000.0, float)
        await let_go(client, busy)
        assert await order(client, usual, answer["prompt_id"]) == [answer["prompt_id"], usual]


async def test_j004_the_counter_counts_rejected_prompts(url: str) -> None:
    async with connected(url) as client:
        first = await client.post("/prompt", {"prompt": prompt("Show")})
        await client.post("/prompt", {"prompt": prompt("NoSuchNode")}, status=400)
        await client.post("/prompt", {"prompt": prompt("Show"), "number": 7})
        second = await client.post("/prompt", {"prompt": prompt("Show")})
        assert second["number"] == first["number"] + 2


async def test_j005_a_client_may_choose_the_id(url: str) -> None:
    async with connected(url) as client:
        id = unique()
        assert await client.submit(prompt("Show"), prompt_id=id) == id
        assert list(await client.ended(id)) == [id]


async def test_j006_a_queue_item_has_five_elements(url: str) -> None:
    async with connected(url) as client:
        busy = await hold(client)
        wanted = prompt("Show", value=3)
        answer = await client.post("/prompt", {"prompt": wanted, "client_id": "c", "extra_data": {"mark": 1}})
        ((number, id, shown, extra, outputs),) = (await client.get("/queue"))["queue_pending"]
        assert (number, id, shown, outputs) == (answer["number"], answer["prompt_id"], wanted, ["1"])
        assert extra.items() >= {"client_id": "c", "mark": 1}.items()
        await let_go(client, busy)


async def test_j007_a_job_is_listed_as_running_while_it_runs(url: str) -> None:
    async with connected(url) as client:
        busy = await hold(client)
        queue = await client.get("/queue")
        assert [item[1] for item in queue["queue_running"]] == [busy]
        assert queue["queue_pending"] == []
        await let_go(client, busy)


async def test_j008_clear_empties_what_waits_and_nothing_else(url: str) -> None:
    async with connected(url) as client:
        busy = await hold(client)
        for _ in range(3):
            await client.submit(prompt("Show"))
        assert await client.post("/queue", {"clear": True}) == ""
        queue = await client.get("/queue")
        assert ([item[1] for item in queue["queue_running"]], queue["queue_pending"]) == ([busy], [])
        await let_go(client, busy)


async def test_j009_delete_takes_known_ids_and_ignores_others(url: str) -> None:
    async with connected(url) as client:
        busy = await hold(client)
        one, two = [await client.submit(prompt("Show")) for _ in range(2)]
        await client.post("/queue", {"delete": ["unknown"]})
        assert len((await client.get("/queue"))["queue_pending"]) == 2
        await client.post("/queue", {"delete": [one, busy]}, headers={"Content-Type": "text/plain"})
        assert [item[1] for item in (await client.get("/queue"))["queue_pending"]] == [two]
        assert [item[1] for item in (await client.get("/queue"))["queue_running"]] == [busy]
        await let_go(client, busy)


async def test_j010_secrets_are_in_no_answer(url: str) -> None:
    async with connected(url) as client:
        secrets = {"auth_token_comfy_org": "canary-a", "api_key_comfy_org": "canary-b"}
        busy = await hold(client)
        id = await client.submit(prompt("Show"), extra_data=secrets)
        shown = str(await client.get("/queue"))
        await let_go(client, busy)
        shown += str(await client.ended(id)) + str(await client.get("/history"))
        assert id in shown
        assert "canary" not in shown


async def test_j011_the_history_of_an_unknown_id_is_empty(url: str) -> None:
    async with connected(url) as client:
        assert await client.get("/history/unknown") == {}
        assert await client.get("/api/history/123") == {}


async def filled(client: Client, count: int = 6) -> list[str]:
    ids = [await client.submit(prompt("Show", value=i)) for i in range(count)]
    await client.ended(*ids)
    return ids


async def window(client: Client, query: str) -> list[str]:
    return list(await client.get(f"/history?{query}"))


async def test_j012_windows_of_history(url: str) -> None:
    async with connected(url) as client:
        ids = await filled(client)
        assert await window(client, "max_items=2") == await window(client, "max_items=2&offset=-1") == ids[-2:]
        assert await window(client, "offset=0") == await window(client, "") == ids
        assert await window(client, "offset=1&max_items=3") == ids[1:4]
        assert await window(client, "offset=4") == ids[4:]
        assert await window(client, "offset=6") == await window(client, "offset=99&max_items=2") == []


async def test_j013_windows_beside_each_other_share_nothing(url: str) -> None:
    async with connected(url) as client:
        ids = await filled(client)
        assert await window(client, "offset=0&max_items=2") == ids[:2]
        assert await window(client, "offset=2&max_items=2") == ids[2:4]


async def test_j014_an_entry_tells_what_a_job_showed_and_how_it_went(url: str) -> None:
    async with connected(url) as client:
        id = await client.submit(prompt("Show", value=4))
        entry = (await client.ended(id))[id]
        assert entry["prompt"][1:3] == [id, prompt("Show", value=4)]
        assert entry["outputs"] == {"1": {"text": ["4"]}}
        assert entry["meta"] == {"1": {"node_id": "1", "display_node": "1", "parent_node": None, "real_node_id": "1"}}
        status: dict[str, Any] = entry["status"]
        assert (status["status_str"], status["completed"]) == ("success", True)
        kinds = [kind for kind, _ in status["messages"]]
        assert kinds == ["execution_start", "execution_cached", "execution_success"]
        assert all(data["prompt_id"] == id and data["timestamp"] > 1e12 for _, data in status["messages"])
        failed = await client.submit(prompt("Fail", message="as told"))
        entry = (await client.ended(failed))[failed]
        assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("error", False)
        kind, data = entry["status"]["messages"][-1]
        assert (kind, data["node_type"], data["exception_type"]) == ("execution_error", "Fail", "ValueError")
        assert "as told" in data["exception_message"]


async def test_j015_history_can_be_forgotten(url: str) -> None:
    async with connected(url) as client:
        one, two, three = await filled(client, 3)
        await client.post("/history", {"delete": [two, "unknown"]})
        assert list(await client.get("/history")) == [one, three]
        await client.post("/history", {"clear": True})
        assert await client.get("/history") == {}


async def test_j016_history_is_there_before_the_end_is_told(url: str) -> None:
    async with connected(url) as client, client.socket(id := unique()) as socket:
        for _ in range(10):
            job = await client.submit(prompt("Show"), client_id=id)
            await socket.done(job)
            assert job in await client.get(f"/history/{job}")


async def test_j018_what_remains_is_what_waits_and_what_runs(url: str) -> None:
    async with connected(url) as client:
        assert await client.get("/prompt") == {"exec_info": {"queue_remaining": 0}}
        busy = await hold(client)
        await client.submit(prompt("Show"))
        assert await client.get("/prompt") == {"exec_info": {"queue_remaining": 2}}
        await client.post("/queue", {"clear": True})
        await let_go(client, busy)


async def test_an_idempotency_key_gives_the_first_job_again(url: str) -> None:
    async with connected(url) as client:
        key = {"Idempotency-Key": unique()}
        first = await client.post("/prompt", {"prompt": prompt("Show")}, headers=key)
        again = await client.post("/prompt", {"prompt": prompt("Show")}, headers=key)
        assert again["prompt_id"] == first["prompt_id"]
        await client.post("/prompt", {"prompt": prompt("Quiet")}, status=409, headers=key)


async def test_refusals_have_the_form_that_clients_read(url: str) -> None:
    async with connected(url) as client:
        missing = await client.post("/prompt", {"client_id": "x"}, status=400)
        assert missing["error"]["type"] == "no_prompt"
        wrong = await client.post("/prompt", {"prompt": prompt("Show", value="much")}, status=400)
        assert wrong["error"]["type"] == "prompt_outputs_failed_validation"
        (error,) = wrong["node_errors"]["1"]["errors"]
        assert (error["type"], error["extra_info"]["input_name"]) == ("invalid_input_type", "value")
        for body in (b"{", b"[1]", b'"x"', b"\xff", b"[" * 5_000):
            async with client.session.post(f"{url}/prompt", data=body) as response:
                assert response.status == 400
                assert (await response.json()).keys() == {"error", "node_errors"}
        for body in ({"prompt": []}, {"prompt": {}, "number": "x"}, {"prompt": {}, "extra_data": 3}):
            assert (await client.post("/prompt", body, status=400))["node_errors"] == {}
