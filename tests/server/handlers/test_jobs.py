"""Jobs as resources."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.server.conformance.kit import WAIT, Client, connected, prompt, unique

PATH = "/api/v1/jobs"


async def submit(client: Client, workflow: object, **body: object) -> dict[str, Any]:
    return dict(await client.post(PATH, {"workflow": workflow, **body}, status=201))


async def in_state(client: Client, id: str, state: str) -> dict[str, Any]:
    async with asyncio.timeout(WAIT):
        while (job := await client.get(f"{PATH}/{id}"))["state"] != state:
            await asyncio.sleep(0.02)
    return dict(job)


async def test_a_job_from_its_submission_to_its_end(url: str) -> None:
    async with connected(url) as client:
        job = await submit(client, prompt("Show", value=1), inputs={"1.value": 21}, id=(id := unique()))
        assert (job["id"], job["error"], job["node_errors"]) == (id, None, {})
        done = await in_state(client, id, "succeeded")
        assert done["outputs"] == {"1": {"text": ["21"]}}
        assert done["created_at"] <= done["started_at"] <= done["ended_at"]
        assert done["prompt"] == prompt("Show", value=21)


async def test_an_idempotency_key_makes_one_job(url: str) -> None:
    async with connected(url) as client:
        headers = {"Idempotency-Key": unique()}
        first = await client.post(PATH, {"workflow": prompt("Show")}, status=201, headers=headers)
        again = await client.post(PATH, {"workflow": prompt("Show")}, status=200, headers=headers)
        assert first["id"] == again["id"]


async def test_jobs_are_listed_in_windows(url: str) -> None:
    async with connected(url) as client:
        busy = (await submit(client, prompt("Sleep", seconds=30.0)))["id"]
        await in_state(client, busy, "running")
        ids = [(await submit(client, prompt("Show")))["id"] for _ in range(3)]
        listed = await client.get(f"{PATH}?state=queued,paused&order=oldest")
        assert ([job["id"] for job in listed["jobs"]], listed["total"]) == (ids, 3)
        page = await client.get(f"{PATH}?state=queued&limit=1&offset=1")
        assert ([job["id"] for job in page["jobs"]], page["total"]) == ([ids[1]], 3)
        await client.clean()


async def test_jobs_are_held_moved_cancelled_and_tried_again(url: str) -> None:
    async with connected(url) as client:
        busy = (await submit(client, prompt("Sleep", seconds=30.0)))["id"]
        await in_state(client, busy, "running")
        id = (await submit(client, prompt("Show", value=31)))["id"]
        assert (await client.post(f"{PATH}/{id}/pause"))["state"] == "paused"
        assert (await client.post(f"{PATH}/{id}/resume"))["state"] == "queued"
        assert (await client.post(f"{PATH}/{id}/reorder", {"number": -7.5}))["number"] == -7.5
        assert (await client.post(f"{PATH}/{id}/cancel"))["state"] == "cancelled"
        refused = await client.post(f"{PATH}/{id}/cancel", status=409)
        assert refused["error"]["type"] == "wrong_state"
        assert (await client.post(f"{PATH}/{id}/retry"))["state"] == "queued"
        await client.post(f"{PATH}/{busy}/cancel")
        await in_state(client, busy, "cancelled")
        await in_state(client, id, "succeeded")


async def test_jobs_are_moved_before_and_behind_each_other(url: str) -> None:
    async with connected(url) as client:
        busy = (await submit(client, prompt("Sleep", seconds=30.0)))["id"]
        await in_state(client, busy, "running")
        a, b, c = [(await submit(client, prompt("Show"), number=5))["id"] for _ in range(3)]

        async def order() -> list[str]:
            return [job["id"] for job in (await client.get(f"{PATH}?state=queued&order=run"))["jobs"]]

        a, b, c = await order()
        for id, place, expected in (
            (c, {"before": a}, [c, a, b]),
            (c, {"after": a}, [a, c, b]),
            (a, {"after": b}, [c, b, a]),
        ):
            await client.post(f"{PATH}/{id}/reorder", place)
            assert await order() == expected
        for wrong in ({"before": busy}, {"before": c}, {"after": "unknown"}):
            await client.post(f"{PATH}/{c}/reorder", wrong, status=409)
        await client.clean()


async def test_wrong_requests_are_refused(url: str) -> None:
    async with connected(url) as client:
        for body in ({}, {"workflow": 5}, {"workflow": prompt("Show"), "inputs": []}, [1]):
            await client.post(PATH, body, status=400)
        answer = await client.post(PATH, {"workflow": prompt("Show"), "inputs": {"9.x": 1}}, status=400)
        assert "9" in answer["error"]["message"]
        await client.post(f"{PATH}/unknown/cancel", status=404)
        await client.post(f"{PATH}/unknown/reorder", {"number": "x"}, status=400)
        for path in (f"{PATH}?state=odd", f"{PATH}?limit=x"):
            async with client.session.get(url + path) as response:
                assert response.status == 400
        async with client.session.get(f"{url}{PATH}/unknown") as response:
            assert response.status == 404
