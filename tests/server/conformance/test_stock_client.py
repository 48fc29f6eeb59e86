"""The session of a stock client, of a user whom the server has not seen before: what its page asks for when it starts,
step by step in the observed order, then one run, with what the page does at each message.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

from tests.server.conformance.kit import Client, Process, Socket, connected, prompt, unique

ENTRY = {"name", "display_name", "category", "description", "output_node", "python_module"}
WORKFLOWS = "/api/userdata?dir=workflows&recurse=true&split=false&full_info=true"
SUBGRAPHS = "/api/userdata?dir=subgraphs%2F&recurse=true&split=false&full_info=true"
Check = Callable[[Any], bool]
Step = tuple[str, str, set[int], Check | None]


def is_object(answer: Any) -> bool:
    return isinstance(answer, dict)


def is_list(answer: Any) -> bool:
    return isinstance(answer, list)


# (method, path, statuses that the page can go on with, what it needs of the JSON; None: no JSON is read)
BEFORE_THE_SOCKET: list[Step] = [
    ("GET", "/", {200}, None),
    ("GET", "/materialdesignicons.min.css", {200, 404}, None),
    ("GET", "/user.css", {404}, None),
    ("GET", "/api/userdata/user.css", {404}, None),
    ("GET", "/api/system_stats", {200}, lambda it: it["system"]["comfyui_version"] >= "0.3.64"),
    ("GET", "/api/users", {200}, lambda it: it == {"storage": "server", "migrated": False}),  # else it asks for a name
    ("GET", "/api/i18n", {200}, lambda it: it == {"en": {"greeting": "hello"}}),
    ("GET", "/api/settings", {200}, lambda it: it == {}),
    ("POST", "/api/settings/Comfy.InstalledVersion", {200}, None),
    ("GET", WORKFLOWS, {404}, None),
    ("GET", SUBGRAPHS, {404}, None),
    ("GET", "/api/extensions", {200}, lambda it: it == ["/extensions/pack%20of%20mine/hello.js"]),
    ("GET", "/extensions/pack%20of%20mine/hello.js", {200}, None),
]
AFTER_THE_SOCKET: list[Step] = [
    ("GET", "/api/object_info", {200}, lambda it: it and all(entry.keys() >= ENTRY for entry in it.values())),
    ("GET", "/api/userdata/comfy.templates.json", {404}, None),
    ("GET", "/api/userdata/workflows%2F.index.json", {404}, None),
    ("GET", "/api/queue", {200}, lambda it: it == {"queue_running": [], "queue_pending": []}),
    ("GET", "/api/history?max_items=64", {200}, lambda it: it == {}),
    ("GET", "/api/system_stats", {200}, lambda it: bool(it["devices"])),
    ("GET", "/api/experiment/models", {200}, is_list),
    ("GET", "/api/embeddings", {200}, lambda it: it == []),
    ("GET", "/api/workflow_templates", {200}, is_object),
    ("GET", "/templates/index.json", {200, 404}, None),
    ("GET", "/internal/logs/raw", {200}, lambda it: is_list(it["entries"]) and "size" in it),
    ("GET", "/internal/folder_paths", {200}, lambda it: is_list(it["checkpoints"])),
    ("POST", "/api/settings/Comfy.TutorialCompleted", {200}, None),
    ("GET", "/api/workflow_templates", {200}, is_object),
    ("GET", "/templates/index.json", {200, 404}, None),
    ("GET", "/api/settings", {200}, lambda it: it.keys() == {"Comfy.InstalledVersion", "Comfy.TutorialCompleted"}),
]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A server that nobody has asked anything yet, with a pack that has a script."""
    base = tmp_path_factory.mktemp("stock")
    for name, text in {
        "__init__.py": 'WEB_DIRECTORY = "js"\n',
        "js/hello.js": 'import { app } from "../../scripts/app.js";\n',
        "locales/en/main.json": '{"greeting": "hello"}',
    }.items():
        file = base / "custom_nodes" / "pack of mine" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    process = Process(base)
    yield process
    process.stop()


async def walk(client: Client, steps: list[Step]) -> None:
    """Ask as the page asks, with the headers that its browser sends."""
    usual = {"Comfy-User": "", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
    for method, path, statuses, check in steps:
        options: dict[str, Any] = {"headers": usual}
        if method == "POST":
            options = {"headers": {**usual, "Origin": client.url, "Content-Type": "application/json"}, "data": b'"1"'}
        async with client.session.request(method, client.url + path, **options) as response:
            assert response.status in statuses, (path, response.status)
            if check is not None:
                assert (response.content_type, response.charset) == ("application/json", "utf-8")
                assert check(await response.json()), (path, await response.text())


async def test_the_start_of_the_page_and_one_run(fresh: Process) -> None:
    async with connected(fresh.url) as client:
        await walk(client, BEFORE_THE_SOCKET)
        async with client.socket(features={"supports_preview_metadata": True}) as socket:
            (_, greeting) = socket.heard[0]
            assert greeting["status"] == {"exec_info": {"queue_remaining": 0}}
            await walk(client, AFTER_THE_SOCKET)
            await one_run(client, socket, greeting["sid"])
        async with client.socket(greeting["sid"]) as again:  # the page was loaded anew
            assert again.heard[0][1]["sid"] == greeting["sid"]


async def one_run(client: Client, socket: Socket, id: str) -> None:
    """Queue a workflow, and ask at each message what the page asks then."""
    workflow = {"version": 0.4, "nodes": [], "links": []}
    body = {"client_id": id, "prompt": prompt("Save", name="s.png"), "extra_data": {"extra_pnginfo": {}}}
    body["extra_data"]["extra_pnginfo"]["workflow"] = workflow
    answer = await client.post("/api/prompt", body, headers={"Content-Type": "application/json", "Comfy-User": ""})
    assert answer.keys() == {"prompt_id", "number", "node_errors"}
    job, seen = answer["prompt_id"], list[str]()
    while seen[-2:] != ["status", "end"]:
        message = await socket.hear()
        assert isinstance(message, tuple)
        type, data = message
        seen.append("end" if type == "executing" and data["node"] is None else type)
        if type == "status":  # the panel of the queue
            queue = await client.get("/api/queue")
            assert all(is_list(queue[name]) for name in ("queue_running", "queue_pending"))
            assert is_object(await client.get("/api/history?max_items=64"))
        elif type == "executed":
            assert (data["node"], data["display_node"], data["prompt_id"]) == ("1", "1", job)
            await look_at(client, data["output"]["images"])
        elif type == "execution_success":
            assert (await client.get("/api/history?max_items=64"))[job]["status"]["status_str"] == "success"
        else:
            assert data["prompt_id"] == job
    assert seen == [
        *("status", "status", "execution_start", "execution_cached"),
        *("progress_state", "executing", "executed", "progress_state"),
        *("execution_success", "status", "end"),
    ]
    entry = (await client.get("/api/history?max_items=64"))[job]
    assert entry["prompt"][3]["extra_pnginfo"] == {"workflow": workflow}
    assert await client.get("/api/queue") == {"queue_running": [], "queue_pending": []}


async def look_at(client: Client, images: list[dict[str, str]]) -> None:
    """Fetch pictures as the page shows them."""
    for image in images:
        assert image.keys() == {"filename", "subfolder", "type"}
        params = {**image, "rand": "0.123", "preview": "webp;90", "channel": "rgb"}
        for query in ({**image, "rand": "0.1"}, params):
            headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "image"}
            async with client.session.get(f"{client.url}/api/view", params=query, headers=headers) as response:
                assert response.status == 200
                assert Image.open(io.BytesIO(await response.read())).size == (16, 8)


async def test_a_refusal_is_json_with_error_and_node_errors(fresh: Process) -> None:
    async with connected(fresh.url) as client:
        body = {"client_id": unique(), "prompt": prompt("Show", value="no number")}
        refused = await client.post("/api/prompt", body, status=400)
        assert refused.keys() == {"error", "node_errors"}
        assert json.dumps(refused["node_errors"]["1"]["errors"])


@pytest.mark.parametrize("kind", ["text/plain;charset=UTF-8", "application/x-www-form-urlencoded"])
async def test_clients_that_announce_no_json(url: str, kind: str) -> None:
    async with connected(url) as client:
        headers = {"Content-Type": kind}
        answer = await client.post("/prompt?x", {"prompt": prompt("Show", value=12)}, headers=headers)
        assert list(await client.ended(answer["prompt_id"])) == [answer["prompt_id"]]
        assert await client.post("/interrupt", headers=headers) == ""
        assert await client.post("/free", {"unload_models": True, "free_memory": True}, headers=headers) == ""
