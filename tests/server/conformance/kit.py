"""A server, and a client that talks to it as the field's clients do."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestClient, TestServer

from server.app import make_app
from server.settings import ServerSettings
from server.workers.protocol import (
    Assignment,
    CatalogueText,
    HostAddress,
    Lost,
    Report,
    WorkerEvent,
    WorkerUnavailable,
)

PACK = "tests.server.conformance.pack:pack"
WAIT = 20.0  # seconds for anything that is bound to happen


class Process:
    """`graphcore serve` with the nodes of the tests and no others."""

    def __init__(self, base: Path, *options: str, prefix: Sequence[str] = (), **environment: str):
        """`prefix`: a command that runs another one, which is appended to it."""
        self.base = base
        for name in ("input", "output", "temp", "models"):
            (base / name).mkdir(exist_ok=True)
        settings = {"GRAPHCORE_PACKS": PACK, "GRAPHCORE_INSTALLED_PACKS": "0", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "graphcore", "serve", "--port", "0", "--base-dir", str(base), *options]
        self.process = subprocess.Popen(
            [*prefix, *command],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.getcwd(), **settings, **environment},
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]

    def stop(self) -> int:
        """End it as Ctrl-C does; its exit code."""
        self.process.terminate()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.wait(WAIT)


@dataclass(slots=True)
class Socket:
    """What a socket hears: (type, data) of JSON messages, bytes of the others."""

    response: aiohttp.ClientWebSocketResponse
    heard: list[tuple[str, Any]] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)

    async def hear(self) -> tuple[str, Any] | bytes:
        """The next message."""
        message = await asyncio.wait_for(self.response.receive(), WAIT)
        if message.type is aiohttp.WSMsgType.BINARY:
            self.frames.append(message.data)
            return bytes(message.data)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        assert message.data.startswith('{"type":')
        said = json.loads(message.data)
        self.heard.append((said["type"], said["data"]))
        return self.heard[-1]

    async def until(self, type: str, **wanted: Any) -> dict[str, Any]:
        """Hear until a message of a type, with these values in its data."""
        while True:
            message = await self.hear()
            if isinstance(message, tuple) and message[0] == type and wanted.items() <= message[1].items():
                return dict(message[1])

    async def done(self, id: str) -> None:
        """Hear until a job is over."""
        await self.until("executing", node=None, prompt_id=id)

    async def silent(self, seconds: float = 0.2) -> bool:
        """Whether nothing is said for a while."""
        try:
            await asyncio.wait_for(self.response.receive(), seconds)
        except TimeoutError:
            return True
        return False

    def types(self, *but: str) -> list[str]:
        """The types of what was heard."""
        return [type for type, _ in self.heard if type not in but]


class Client:
    """An HTTP session."""

    def __init__(self, url: str, session: aiohttp.ClientSession):
        self.url, self.session = url, session

    async def get(self, path: str, **options: Any) -> Any:
        """The JSON of a GET that succeeds."""
        async with self.session.get(self.url + path, **options) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def post(self, path: str, body: Any = None, status: int = 200, **options: Any) -> Any:
        """The JSON (or text) of a POST with a JSON body, which no content type announces."""
        data = None if body is None else json.dumps(body).encode()
        async with self.session.post(self.url + path, data=data, **options) as response:
            assert response.status == status, await response.text()
            is_json = response.content_type == "application/json"
            return await response.json() if is_json else await response.text()

    async def submit(self, prompt: Mapping[str, Any], **body: Any) -> str:
        """Queue a prompt; its id."""
        return str((await self.post("/prompt", {"prompt": prompt, **body}))["prompt_id"])

    async def ended(self, *ids: str) -> dict[str, Any]:
        """The history of jobs, once all of them have ended."""
        found: dict[str, Any] = {}
        async with asyncio.timeout(WAIT):
            for id in ids:
                while not (entry := await self.get(f"/history/{id}")):
                    await asyncio.sleep(0.02)
                found |= entry
        return found

    async def begun(self, id: str) -> None:
        """Wait until a job runs."""
        await self.until_queue(lambda queue: any(item[1] == id for item in queue["queue_running"]))

    async def until_queue(self, condition: Callable[[Any], bool]) -> Any:
        """The queue, once it is as wanted."""
        async with asyncio.timeout(WAIT):
            while not condition(queue := await self.get("/queue")):
                await asyncio.sleep(0.02)
        return queue

    async def clean(self) -> None:
        """Nothing queued, nothing running, no history."""
        await self.post("/queue", {"clear": True})
        await self.post("/interrupt")
        await self.until_queue(lambda queue: not queue["queue_running"] and not queue["queue_pending"])
        await self.post("/history", {"clear": True})

    @asynccontextmanager
    async def socket(self, id: str | None = None, path: str = "/ws", features: Any = None) -> AsyncIterator[Socket]:
        """A socket that has heard its greeting, and told its features."""
        query = {} if id is None else {"clientId": id}
        async with self.session.ws_connect(self.url + path, params=query) as response:
            socket = Socket(response)
            await socket.hear()
            if features is not None:
                await response.send_json({"type": "feature_flags", "data": features})
                await socket.until("feature_flags")
            yield socket


class Idle:
    """A worker that knows no nodes."""

    id, device, lives, is_ready = "idle", "none", 1, True

    async def start(self) -> None:
        """Nothing to do."""

    async def ready(self) -> None:
        """At once."""

    async def stop(self, grace: float) -> None:
        """Nothing to do."""

    async def catalogue(self, owner: str = "") -> CatalogueText:
        """No nodes."""
        return CatalogueText("", b"{}")

    async def validate(
        self, prompt: Mapping[str, Any], targets: Any = None, inputs: Any = None, owner: str = ""
    ) -> Report:
        """Nothing can be run."""
        return Report(prompt, [], {"type": "prompt_no_outputs", "message": "", "details": "", "extra_info": {}}, {})

    async def about(self) -> Mapping[str, Any]:
        """No devices."""
        return {"devices": []}

    async def pack_host(self) -> HostAddress:
        """No packs."""
        raise WorkerUnavailable("This worker has no packs.")

    async def rewritten(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """No packs."""
        return dict(body)

    async def run(self, job: Assignment) -> AsyncIterator[WorkerEvent]:
        """Nothing is accepted, so nothing is run."""
        yield Lost("This worker runs nothing.")

    async def cancel(self, job: str, attempt: int) -> None:
        """Nothing to do."""

    async def free(self, *, unload_models: bool = False, free_memory: bool = False) -> None:
        """Nothing to do."""


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Client]:
    """A client of a clean server."""
    async with aiohttp.ClientSession() as session:
        client = Client(url, session)
        await client.clean()
        yield client


@asynccontextmanager
async def served(base: Path, worker: Idle | None = None, **settings: Any) -> AsyncIterator[TestClient[Any, Any]]:
    """A client of a server in this process, whose worker knows no nodes."""
    for name in ("input", "output", "temp", "models"):
        (base / name).mkdir(exist_ok=True)
    app = make_app(ServerSettings(base_dir=str(base), **settings), workers=[worker or Idle()])
    async with TestClient(TestServer(app)) as client:
        yield client


DEFAULTS: dict[str, dict[str, Any]] = {
    "Show": {"value": 0},
    "Quiet": {"value": 0},
    "Still": {"value": 0},
    "Save": {"width": 16},
    "Value": {"value": 1},
    "Sleep": {"seconds": 0.1},
    "Fail": {"message": "broken"},
    "Paint": {"width": 1024, "height": 512},
}


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    """A node of a prompt."""
    return {"class_type": kind, "inputs": {**DEFAULTS.get(kind, {}), **inputs}}


def prompt(kind: str, **inputs: Any) -> dict[str, Any]:
    """A prompt of one node."""
    return {"1": node(kind, **inputs)}


def unique() -> str:
    """A client id that nobody has."""
    return uuid.uuid4().hex
