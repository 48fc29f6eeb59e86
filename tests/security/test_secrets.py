"""Secrets that come with a job, and the server's token: in no answer of any route, no event, no file and no log."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from server.routes import STREAMS, table
from tests.server.conformance.kit import WAIT, Process, unique
from tests.server.test_security import concrete

KEY, AUTH, TOKEN = "CANARY-key-5f1b7a90", "CANARY-auth-93c1d2e4", "CANARY-token-" + "t" * 30
SECRETS = {"api_key_comfy_org": KEY, "auth_token_comfy_org": AUTH}
SHOWN = {"Authorization": f"Bearer {TOKEN}"}
PACK = """
import json

from nodes import SaveImage
from comfy.utils import ProgressBar
from server import PromptServer

HIDDEN = {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO", "me": "UNIQUE_ID",
          "key": "API_KEY_COMFY_ORG", "auth": "AUTH_TOKEN_COMFY_ORG"}


class Node:
    OUTPUT_NODE, CATEGORY, FUNCTION, RETURN_TYPES = True, "test", "go", ()

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}, "hidden": HIDDEN}


class Show(Node):
    def go(self, key, auth, me, **_):
        server = PromptServer.instance
        server.send_sync("leak", {"key": key, auth: [f"x{auth}x"]})
        server.send_sync(77, f"leak {key} {auth}".encode())
        server.send_progress_text(f"{key} {auth}", me)
        return {"ui": {"text": [f"len {len(key)} {len(auth)}", key, auth, json.dumps([key])]}}


class Raise(Node):
    def go(self, key, auth, **_):
        raise ValueError(f"{key} and {auth} were refused")


class Save(SaveImage):
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"images": ("IMAGE",)}, "hidden": HIDDEN}

    FUNCTION = "go"

    def go(self, images, key, auth, prompt, extra_pnginfo, me):
        return self.save_images(images, "kept", prompt, extra_pnginfo)


NODE_CLASS_MAPPINGS = {"CanaryShow": Show, "CanaryRaise": Raise, "CanarySave": Save}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    """A server whose log is in a file."""
    base = tmp_path / "base"
    (base / "custom_nodes" / "canary").mkdir(parents=True)
    (base / "custom_nodes" / "canary" / "__init__.py").write_text(PACK)
    logging = ["sh", "-c", f'exec "$@" 2>"{base}/log.txt"', "sh"]
    options = ["--token", TOKEN, "--log-format", "json"]
    process = Process(base, *options, prefix=logging, GRAPHCORE_INSTALLED_PACKS="1")
    yield process
    process.stop()


class Listener:
    """Everything that a socket or a stream is told."""

    def __init__(self) -> None:
        self.heard = b""
        self.done = asyncio.Event()

    async def socket(self, session: aiohttp.ClientSession, url: str) -> None:
        async with session.ws_connect(url) as socket:
            await socket.send_str('{"type": "feature_flags", "data": {"supports_preview_metadata": true}}')
            self.done.set()
            async for message in socket:
                self.heard += message.data if isinstance(message.data, bytes) else message.data.encode()

    async def stream(self, session: aiohttp.ClientSession, url: str) -> None:
        async with session.get(url) as response:
            self.done.set()
            async for chunk in response.content.iter_any():
                self.heard += chunk


def workflows() -> list[dict[str, Any]]:
    image = {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 5}}
    return [
        {"1": {"class_type": "CanaryShow", "inputs": {}}},
        {"1": {"class_type": "CanaryRaise", "inputs": {}}},
        {"1": image, "2": {"class_type": "CanarySave", "inputs": {"images": ["1", 0]}}},
    ]


async def ran(session: aiohttp.ClientSession, url: str, client: str) -> list[str]:
    """Run the workflows with the secrets; their ids."""
    ids = []
    for workflow in workflows():
        extra = {**SECRETS, "extra_pnginfo": {"workflow": {"nodes": []}}}
        body = json.dumps({"prompt": workflow, "client_id": client, "extra_data": extra})
        async with session.post(f"{url}/prompt", data=body) as response:
            assert response.status == 200, await response.text()
            ids.append((await response.json())["prompt_id"])
    async with asyncio.timeout(WAIT * 3):
        for id in ids:
            while (await (await session.get(f"{url}/history/{id}")).json()) == {}:
                await asyncio.sleep(0.05)
    return ids


async def answers(session: aiohttp.ClientSession, url: str, ids: list[str]) -> Iterator[tuple[str, bytes]]:
    """(route, body) of every route that reads, with jobs and files that there are in its places."""
    found = []
    for method, path, handler in table():
        if method != "GET" or handler in STREAMS:
            continue
        for id in ids if "{id}" in path else ids[:1]:
            asked = concrete(path.replace("{id}", id).replace("{area}", "output").replace("{folder}", "checkpoints"))
            async with session.get(f"{url}{asked}", params={"filename": "kept_00001_.png"}) as response:
                found.append((asked, await response.read()))
    return iter(found)


async def test_canary_secrets_are_nowhere(server: Process) -> None:
    listeners = [Listener() for _ in range(4)]
    async with aiohttp.ClientSession(headers=SHOWN) as session:
        mine, url = unique(), server.url
        tasks = [
            asyncio.create_task(listeners[0].socket(session, f"{url}/ws?clientId={mine}")),
            asyncio.create_task(listeners[1].socket(session, f"{url}/ws")),
            asyncio.create_task(listeners[2].stream(session, f"{url}/api/v1/events")),
            asyncio.create_task(listeners[3].socket(session, f"{url}/api/v1/events/ws")),
        ]
        await asyncio.wait_for(asyncio.gather(*(listener.done.wait() for listener in listeners)), WAIT)
        ids = await ran(session, url, mine)
        shown, failed, saved = [(await (await session.get(f"{url}/history/{id}")).json())[id] for id in ids]
        assert shown["outputs"]["1"]["text"][0] == f"len {len(KEY)} {len(AUTH)}", "the node had them"
        assert "[secret] and [secret] were refused" in str(failed["status"]["messages"])
        assert saved["status"]["completed"], saved
        for route, body in await answers(session, url, ids):
            assert b"CANARY" not in body, route
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*tasks), 0.5)
    assert b'"leak"' in listeners[0].heard
    assert b"leak [secret] [secret]" in listeners[0].heard
    assert not [listener.heard for listener in listeners if b"CANARY" in listener.heard]
    assert server.stop() == 0
    written = [path for path in server.base.rglob("*") if path.is_file() and path.parent.name != "canary"]
    assert {"jobs.db", "log.txt", "kept_00001_.png"} <= {path.name for path in written}
    assert not [path for path in written if b"CANARY" in path.read_bytes()]
    assert "failed" in (server.base / "log.txt").read_text(), "a failure is logged, without its text"
