"""A session of a stock client: what its page asks for when it starts, in its order, and one run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.conformance.kit import connected, prompt, unique

# (method, path, statuses that the page can go on with, type of the answer)
STARTUP: list[tuple[str, str, set[int], type | None]] = [
    ("GET", "/", {200}, None),
    ("GET", "/user.css", {404}, None),
    ("GET", "/api/userdata/user.css", {404}, None),
    ("GET", "/api/system_stats", {200}, dict),
    ("GET", "/api/users", {200}, dict),
    ("GET", "/api/i18n", {200}, dict),
    ("GET", "/api/settings", {200}, dict),
    ("POST", "/api/settings/Comfy.InstalledVersion", {200}, None),
    ("GET", "/api/userdata?dir=workflows&recurse=true&split=false&full_info=true", {200, 404}, None),
    ("GET", "/api/userdata?dir=subgraphs%2F&recurse=true&split=false&full_info=true", {200, 404}, None),
    ("GET", "/api/extensions", {200}, list),
    ("GET", "/api/object_info", {200}, dict),
    ("GET", "/api/userdata/comfy.templates.json", {404}, None),
    ("GET", "/api/userdata/workflows%2F.index.json", {404}, None),
    ("GET", "/api/queue", {200}, dict),
    ("GET", "/api/history?max_items=64", {200}, dict),
    ("GET", "/api/experiment/models", {200}, list),
    ("GET", "/api/embeddings", {200}, list),
    ("GET", "/api/workflow_templates", {200}, dict),
    ("GET", "/templates/index.json", {200, 404}, None),
    ("GET", "/internal/logs/raw", {200}, dict),
    ("GET", "/internal/folder_paths", {200}, dict),
    ("POST", "/api/settings/Comfy.TutorialCompleted", {200}, None),
]


async def test_every_request_of_the_start_is_answered_as_the_page_needs_it(url: str) -> None:
    async with connected(url) as client:
        headers = {"Comfy-User": "", "Sec-Fetch-Site": "same-origin", "Origin": url}
        for method, path, statuses, kind in STARTUP:
            options: dict[str, Any] = {"data": b'"1.27.10"'} if method == "POST" else {}
            async with client.session.request(method, url + path, headers=headers, **options) as response:
                assert response.status in statuses, (path, response.status)
                if kind is not None:
                    assert response.content_type == "application/json"
                    assert isinstance(await response.json(), kind), path


async def test_a_run_of_the_stock_client(url: str) -> None:
    async with (
        connected(url) as client,
        client.socket(id := unique(), features={"supports_preview_metadata": True}) as me,
    ):
        body = {"client_id": id, "prompt": prompt("Show", value=11), "extra_data": {"extra_pnginfo": {"workflow": {}}}}
        answer = await client.post("/api/prompt", body)
        job = answer["prompt_id"]
        await me.done(job)
        assert me.types("progress_state", "feature_flags")[3:] == [
            "execution_start",
            "execution_cached",
            "executing",
            "executed",
            "execution_success",
            "status",
            "executing",
        ]
        assert list(await client.get("/api/history?max_items=64")) == [job]
        assert await client.get("/api/queue") == {"queue_running": [], "queue_pending": []}


@pytest.mark.parametrize("kind", ["text/plain;charset=UTF-8", "application/x-www-form-urlencoded"])
async def test_clients_that_announce_no_json(url: str, kind: str) -> None:
    async with connected(url) as client:
        headers = {"Content-Type": kind}
        answer = await client.post("/prompt?x", {"prompt": prompt("Show", value=12)}, headers=headers)
        assert list(await client.ended(answer["prompt_id"])) == [answer["prompt_id"]]
        assert await client.post("/interrupt", headers=headers) == ""
        assert await client.post("/free", {"unload_models": True, "free_memory": True}, headers=headers) == ""
