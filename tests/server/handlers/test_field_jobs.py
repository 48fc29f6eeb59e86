"""Jobs as newer servers of the field list them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.server.conformance.kit import WAIT, Client, Process, connected, prompt, unique

PATH = "/api/jobs"


async def status_of(client: Client, method: str, path: str, **options: Any) -> tuple[int, Any]:
    async with client.session.request(method, client.url + path, **options) as response:
        return response.status, await response.json()


async def in_status(client: Client, id: str, status: str) -> dict[str, Any]:
    async with asyncio.timeout(WAIT):
        while (job := await client.get(f"{PATH}/{id}"))["status"] != status:
            await asyncio.sleep(0.02)
    return dict(job)


@asynccontextmanager
async def busy(url: str) -> AsyncIterator[tuple[Client, str]]:
    """A client of a server without ended jobs, whose worker has something long to do."""
    async with connected(url) as client:
        await client.post("/history", {"clear": True})
        id = await client.submit(prompt("Sleep", seconds=30.0))
        await in_status(client, id, "in_progress")
        yield client, id
        await client.clean()


async def test_a_job_from_its_submission_to_its_end(url: str) -> None:
    workflow = {"id": str(uuid.uuid4()), "nodes": []}
    async with connected(url) as client:
        extra = {"extra_pnginfo": {"workflow": workflow}, "api_key_comfy_org": "canary-key"}
        id = await client.submit(prompt("Save", name=f"{unique()}.png"), extra_data=extra, client_id="c")
        job = await in_status(client, id, "completed")
        assert job["create_time"] <= job["execution_start_time"] <= job["execution_end_time"]
        entry = (await client.get(f"/history/{id}"))[id]
        told = {data["timestamp"] for _, data in entry["status"]["messages"]}
        assert all(job["create_time"] <= time <= job["execution_end_time"] for time in told), "one kind of time"
        assert job["execution_status"] == entry["status"]
        assert job["outputs"] == entry["outputs"]
        assert job["workflow"] == {"prompt": entry["prompt"][2], "extra_data": entry["prompt"][3]}
        assert "canary-key" not in str(job)
        (image,) = entry["outputs"]["1"]["images"]
        assert job["preview_output"] == {**image, "nodeId": "1", "mediaType": "images"}
        assert (job["outputs_count"], job["previewable_outputs_count"]) == (1, 1)
        listed = await client.get(f"{PATH}?workflow_id={workflow['id']}")
        shown = {name: value for name, value in job.items() if name not in ("outputs", "execution_status", "workflow")}
        assert listed["jobs"] == [shown | {"workflow_id": workflow["id"]}]


async def test_a_failure_says_why(url: str) -> None:
    async with connected(url) as client:
        id = await client.submit(prompt("Fail", message="no luck"))
        job = await in_status(client, id, "failed")
        entry = (await client.get(f"/history/{id}"))[id]
        assert ["execution_error", job["execution_error"]] in entry["status"]["messages"]
        assert "no luck" in job["execution_error"]["exception_message"]


async def test_jobs_are_filtered_sorted_and_cut(url: str) -> None:
    async with busy(url) as (client, running):
        waiting = [await client.submit(prompt("Show")) for _ in range(3)]

        async def ids(query: str) -> list[str]:
            return [job["id"] for job in (await client.get(f"{PATH}?{query}"))["jobs"]]

        assert await ids("status=pending") == waiting[::-1]
        assert await ids("status=pending,in_progress&sort_order=asc") == [running, *waiting]
        assert await ids("status=pending&limit=1&offset=1&sort_by=created_at") == [waiting[1]]
        assert await ids("status=pending&limit=1&offset=-3") == [waiting[2]]
        assert await ids("status=completed,failed") == []
        assert await ids("workflow_id=unknown") == []
        page = await client.get("/jobs?status=pending&limit=2")
        assert page["pagination"] == {"offset": 0, "limit": 2, "total": 3, "has_more": True}
        assert (await client.get(f"{PATH}/{waiting[0]}"))["workflow"]["prompt"] == prompt("Show")


async def test_jobs_are_cancelled_one_by_one(url: str) -> None:
    async with busy(url) as (client, running):
        waiting = await client.submit(prompt("Show"))
        for id in (waiting, running):
            assert await client.post(f"{PATH}/{id}/cancel") == {"cancelled": True}
            await in_status(client, id, "cancelled")
            assert await client.post(f"/jobs/{id}/cancel") == {"cancelled": False}


async def test_jobs_are_cancelled_together(url: str) -> None:
    async with busy(url) as (client, running):
        waiting = [await client.submit(prompt("Show")) for _ in range(3)]
        body = {"job_ids": [waiting[0], waiting[1], waiting[0], "unknown", running]}
        assert await client.post(f"{PATH}/cancel", body) == {"cancelled": True}
        for id in (*waiting[:2], running):
            await in_status(client, id, "cancelled")
        await in_status(client, waiting[2], "completed")
        assert await client.post(f"{PATH}/cancel", {"job_ids": waiting}) == {"cancelled": False}


async def test_wrong_requests_get_a_sentence(url: str) -> None:
    async with connected(url) as client:
        for query in (
            "status=odd",
            "status=pending,queued",
            "sort_by=name",
            "sort_order=up",
            "limit=x",
            "limit=0",
            "limit=-1",
            "offset=x",
            "workflow_id=%00",
        ):
            status, body = await status_of(client, "GET", f"{PATH}?{query}")
            assert (status, isinstance(body["error"], str)) == (400, True), query
        for body in (None, {}, {"job_ids": "x"}, {"job_ids": [1]}, {"job_ids": ["\ud800"]}, [1]):
            status, answer = await status_of(client, "POST", f"{PATH}/cancel", json=body)
            assert (status, isinstance(answer["error"], str)) == (400, True), body
        for method, path in (("GET", "unknown"), ("POST", "unknown/cancel")):
            status, answer = await status_of(client, method, f"{PATH}/{path}")
            assert status == 404
            assert answer == {"error": "There is no job unknown; GET /jobs lists those that there are."}
        assert (await status_of(client, "GET", f"{PATH}/%00"))[0] == 404


async def test_users_see_and_cancel_their_own_jobs(tmp_path: Path) -> None:
    process = Process(tmp_path, "--multi-user")
    try:
        async with aiohttp.ClientSession() as session:
            client = Client(process.url, session)
            ann, bob = [{"Comfy-User": await client.post("/users", {"username": name})} for name in ("Ann", "Bob")]
            job = await client.post("/prompt", {"prompt": prompt("Sleep", seconds=30.0)}, headers=ann)
            id = job["prompt_id"]
            assert [job["id"] for job in (await client.get(PATH, headers=ann))["jobs"]] == [id]
            assert (await client.get(PATH, headers=bob))["pagination"]["total"] == 0
            for method, path in (("GET", f"{PATH}/{id}"), ("POST", f"{PATH}/{id}/cancel")):
                assert (await status_of(client, method, path, headers=bob))[0] == 404
                assert (await status_of(client, method, path))[0] == 401
            answer = await client.post(f"{PATH}/cancel", {"job_ids": [id]}, headers=bob)
            assert answer == {"cancelled": False}
            assert await client.post(f"{PATH}/cancel", {"job_ids": [id]}, headers=ann) == {"cancelled": True}
    finally:
        process.stop()
