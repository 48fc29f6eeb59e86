"""Sessions of clients other than the stock page, request by request as their sources send them, on the real nodes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.server.conformance.kit import WAIT, Client, Process, connected, unique

FORM = {"Content-Type": "application/x-www-form-urlencoded"}  # what urllib sends for any body
TEXT = {"Content-Type": "text/plain;charset=UTF-8"}  # what fetch sends for a string


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    base = tmp_path_factory.mktemp("clients")
    for kind in ("checkpoints", "vae", "loras"):
        (base / "models" / kind).mkdir(parents=True)
        (base / "models" / kind / "a.safetensors").touch()
    process = Process(base, GRAPHCORE_INSTALLED_PACKS="1")
    asyncio.run(warmed(process.url))
    yield process
    process.stop()


async def warmed(url: str) -> None:
    """The first picture imports torch, which may take longer than clients of tests wait."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(WAIT * 6):
        client = Client(url, session)
        job = await client.submit(picture(color=0))
        while not await client.get(f"/history/{job}"):
            await asyncio.sleep(0.2)


def picture(save: str = "SaveImage", color: int = 255) -> dict[str, Any]:
    """A workflow that makes a picture; another colour makes another one."""
    made = {"width": 16, "height": 16, "batch_size": 1, "color": color}
    inputs: dict[str, Any] = {"images": ["1", 0]}
    if save == "SaveImage":
        inputs["filename_prefix"] = "client"
    return {"1": {"class_type": "EmptyImage", "inputs": made}, "9": {"class_type": save, "inputs": inputs}}


async def sent(client: Client, path: str, body: Any, headers: dict[str, str], status: int = 200) -> Any:
    return await client.post(path, body, status=status, headers=headers)


async def viewed(client: Client, image: dict[str, str]) -> bytes:
    async with client.session.get(client.url + "/view", params=image) as response:
        assert (response.status, response.content_type) == (200, "image/png")
        return await response.read()


async def uploaded(client: Client, path: str, **fields: str) -> dict[str, str]:
    form = aiohttp.FormData()
    form.add_field("image", b"\x89PNG\r\n\x1a\n", filename="in.png", content_type="image/png")
    for name, value in fields.items():
        form.add_field(name, value)
    async with client.session.post(client.url + path, data=form) as response:
        assert response.status == 200
        return dict(await response.json())


async def test_comfy_cli(server: Process) -> None:
    async with connected(server.url) as client, client.socket(id := unique()) as me:
        body = {"prompt": picture(), "client_id": id, "extra_data": {"comfy_usage_source": "comfy-cli"}}
        answer = await sent(client, "/prompt", body, FORM)
        assert {"prompt_id", "number", "node_errors"} <= set(answer)
        await me.done(answer["prompt_id"])
        said = dict(me.heard)
        assert {"execution_cached", "executing", "executed", "progress_state"} <= set(said)
        assert said["executed"]["output"]["images"][0]["filename"].startswith("client_")
        entry = (await client.get(f"/history/{answer['prompt_id']}"))[answer["prompt_id"]]
        assert (entry["status"]["completed"], entry["status"]["status_str"]) == (True, "success")
        bad = await sent(client, "/prompt", {"prompt": {"9": picture()["9"]}, "client_id": id}, FORM, 400)
        assert list(bad["node_errors"]) == ["9"]
        blocker = await sent(client, "/prompt", {"prompt": slow(), "client_id": id}, FORM)
        waiting = await sent(client, "/prompt", {"prompt": picture(color=1), "client_id": id}, FORM)
        rows = (await client.get("/queue"))["queue_pending"]
        assert [(row[0], row[1], row[3]["client_id"], row[4]) for row in rows][-1:] == [
            (waiting["number"], waiting["prompt_id"], id, ["9"])
        ]
        assert await sent(client, "/queue", {"delete": [waiting["prompt_id"]]}, FORM) == ""
        assert await sent(client, "/interrupt", None, FORM) == ""
        await me.done(blocker["prompt_id"])
        assert "execution_interrupted" in me.types()
        for path in ("/userdata?dir=workflows&recurse=true", "/workflow_templates", "/experiment/models"):
            async with client.session.get(client.url + path) as response:
                assert response.status in (200, 404)


def slow() -> dict[str, Any]:
    """A workflow that waits for long, in steps: the conformance pack's."""
    return {"1": {"class_type": "Sleep", "inputs": {"seconds": 60.0}}}


async def test_krita(server: Process) -> None:
    headers = {"Authorization": "Bearer not-needed-here"}
    async with connected(server.url) as client, client.socket(id := unique()) as me:
        device = (await client.get("/system_stats", headers=headers))["devices"][0]
        assert {"name", "type", "vram_total"} <= set(device)
        nodes = await client.get("/object_info", headers=headers)
        names = {"CheckpointLoaderSimple": "ckpt_name", "VAELoader": "vae_name", "LoraLoader": "lora_name"}
        for node, name in names.items():
            assert "a.safetensors" in nodes[node]["input"]["required"][name][0]
        for node in ("UNETLoader", "ControlNetLoader", "CLIPVisionLoader", "StyleModelLoader", "UpscaleModelLoader"):
            assert isinstance(next(iter(nodes[node]["input"]["required"].values()))[0], list)
        job = "11111111-2222-4333-8444-555555555555"
        answer = await sent(client, "/prompt", {"prompt": picture(), "client_id": id, "prompt_id": job}, TEXT)
        assert answer["prompt_id"] == job
        await me.done(job)
        order = [type for type in me.types("progress_state") if type != "status"]
        assert order[0] == "execution_start"
        assert me.heard[-1] == ("executing", {"node": None, "prompt_id": job})
        again = "11111111-2222-4333-8444-555555555556"
        await sent(client, "/prompt", {"prompt": picture(), "client_id": id, "prompt_id": again}, TEXT)
        shown = await me.until("executed", prompt_id=again)
        assert shown["output"]["images"]  # a cached run without pictures is an error to it
        await me.done(again)
        assert await sent(client, "/interrupt", {}, headers) == ""


async def test_swarm(server: Process) -> None:
    async with connected(server.url) as client:
        assert isinstance(await client.get("/features"), dict)
        async with client.socket(id := unique(), features={"supports_preview_metadata": True}) as me:
            assert (await uploaded(client, "/upload/image", overwrite="true"))["name"] == "in.png"
            job = (await sent(client, "/prompt", {"prompt": picture(color=2), "client_id": id}, TEXT))["prompt_id"]
            await me.done(job)  # the socket of the kit has seen that each message begins with its type
            entry = (await client.get(f"/history/{job}"))[job]
            assert all(len(message) >= 2 for message in entry["status"]["messages"])
            (image,) = entry["outputs"]["9"]["images"]
            assert set(image) == {"filename", "subfolder", "type"}
            assert (await viewed(client, image)).startswith(b"\x89PNG")
            running = (await sent(client, "/prompt", {"prompt": slow(), "client_id": id}, TEXT))["prompt_id"]
            await client.begun(running)
            await sent(client, "/interrupt", {"prompt_id": "another"}, TEXT)
            await sent(client, "/queue", {"delete": [running]}, TEXT)  # it runs, so that means nothing
            await client.begun(running)
            await sent(client, "/interrupt", {"prompt_id": running}, TEXT)
            await me.done(running)
            assert await sent(client, "/history", {"delete": [job]}, TEXT) == ""
            assert await client.get(f"/history/{job}") == {}
            assert await sent(client, "/free", {"unload_models": True, "free_memory": True}, TEXT) == ""


async def test_silly_tavern(server: Process) -> None:
    async with connected(server.url) as client:
        await client.get("/system_stats")
        nodes = await client.get("/object_info")
        sampler = nodes["KSampler"]["input"]["required"]
        assert "euler" in sampler["sampler_name"][0]
        assert "karras" in sampler["scheduler"][0]
        assert "a.safetensors" in nodes["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"][0]
        assert "a.safetensors" in nodes["VAELoader"]["input"]["required"]["vae_name"][0]
        id = (await sent(client, "/prompt", {"prompt": picture(color=3)}, TEXT))["prompt_id"]
        async with asyncio.timeout(WAIT):
            while id not in (history := await client.get("/history")):
                await asyncio.sleep(0.1)
        assert history[id]["status"]["status_str"] != "error"
        image = next(image for output in history[id]["outputs"].values() for image in output["images"])
        await viewed(client, image)
        failing = await sent(
            client, "/prompt", {"prompt": {"1": {"class_type": "Fail", "inputs": {"message": "x"}}}}, TEXT
        )
        entry = (await client.ended(failing["prompt_id"]))[failing["prompt_id"]]
        assert entry["status"]["status_str"] == "error"
        told = dict(entry["status"]["messages"])["execution_error"]
        assert {"node_type", "node_id", "exception_type", "exception_message"} <= set(told)
        async with client.session.post(client.url + "/interrupt") as response:
            assert (response.status, await response.read()) == (200, b"")


async def test_open_webui(server: Process) -> None:
    headers = {"Authorization": "Bearer key"}
    async with connected(server.url) as client, client.socket(id := unique()) as me:
        async with client.session.head(client.url + "/object_info", headers=headers) as response:
            assert response.status == 200
        upload = await uploaded(client, "/api/upload/image", type="input")
        assert upload["type"] == "input"
        workflow = picture(color=4)
        job = (await sent(client, "/prompt", {"prompt": workflow, "client_id": id}, headers))["prompt_id"]
        await me.done(job)
        outputs = (await client.get(f"/history/{job}", headers=headers))[job]["outputs"]
        images = [
            image
            for node, shown in outputs.items()
            if workflow[node]["class_type"] in ("SaveImage", "PreviewImage")
            for image in shown["images"]
        ]
        assert len(images) == 1
        await viewed(client, images[0])


async def test_workers_in_the_cloud(server: Process) -> None:
    """worker-comfyui, comfyui-api, cog: they look whether the server is there, and read files from the disk."""
    async with connected(server.url) as client, client.socket(id := unique()) as me:
        async with client.session.get(client.url + "/") as response:
            assert response.status == 200
        assert await client.get("/history/123") == {}
        both = picture(color=5) | {"10": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}}
        job = (await sent(client, f"/prompt?{id}", {"prompt": both, "client_id": id}, FORM))["prompt_id"]
        await me.done(job)
        assert "execution_success" in me.types()
        outputs = (await client.get(f"/history/{job}"))[job]["outputs"]
        kinds = {node: shown["images"][0]["type"] for node, shown in outputs.items()}
        assert kinds == {"9": "output", "10": "temp"}
        (image,) = outputs["9"]["images"]
        assert Path(server.base, "output", image["subfolder"], image["filename"]).is_file()
        broken = {"9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x"}}}
        refused = await sent(client, "/prompt", {"prompt": broken, "client_id": id}, FORM, 400)
        assert refused["error"]["type"] == "prompt_outputs_failed_validation"
        assert {"type", "message", "details", "extra_info"} == set(refused["error"])
        assert {"errors", "dependent_outputs", "class_type"} == set(refused["node_errors"]["9"])


async def test_scripts_without_a_client_id(server: Process) -> None:
    async with connected(server.url) as client, client.socket(unique()) as other:
        job = (await client.post("/prompt", {"prompt": picture(color=6)}))["prompt_id"]
        entry = (await client.ended(job))[job]
        assert entry["status"]["completed"] is True
        (image,) = entry["outputs"]["9"]["images"]
        async with client.session.head(client.url + "/view", params=image) as response:
            assert (response.status, response.content_type) == (200, "image/png")
        assert list(await client.get("/object_info/KSampler")) == ["KSampler"]
        assert await other.silent() or set(other.types()) <= {"status"}


async def test_typescript_clients(server: Process) -> None:
    async with connected(server.url) as client:
        front = await client.post("/prompt", {"prompt": picture(color=7), "front": True, "client_id": "ts"})
        placed = await client.post("/prompt", {"prompt": picture(color=8), "number": 3, "client_id": "ts"})
        assert front["number"] <= 0
        assert placed["number"] == 3.0
        await client.ended(front["prompt_id"], placed["prompt_id"])
        assert list(await client.get("/history?max_items=1")) != []
        assert (await client.get("/prompt"))["exec_info"] == {"queue_remaining": 0}
        assert isinstance(await client.get("/extensions"), list)
        assert isinstance(await client.get("/embeddings"), list)
        assert (await client.get("/users"))["storage"] == "server"
        await client.post("/settings/Some.Key", "value")
        assert await client.get("/settings/Some.Key") == "value"
        assert await client.post("/userdata/a%2Fb.json?overwrite=true", {"a": 1}) == "a/b.json"
        assert await client.post("/userdata/a%2Fb.json/move/c.json", None) == "c.json"
        assert json.loads(json.dumps(await client.get("/userdata/c.json"))) == {"a": 1}
        async with client.session.delete(client.url + "/userdata/c.json") as response:
            assert response.status == 204
        assert isinstance(await client.get("/models"), list)
        assert isinstance(await client.get("/internal/logs"), str)
