"""Requests that packs handle, passed on to where their code is."""

from __future__ import annotations

import json
import shutil
import urllib.request
from pathlib import Path

import pytest
from aiohttp import WSServerHandshakeError, web

from server.security import COOKIE
from server.workers.hosting import SECRET, Host
from server.workers.protocol import HostAddress
from tests.server.conformance.kit import WAIT, Idle, Process, connected, served

TOKEN = "t" * 32
SHOWN = {"Authorization": f"Bearer {TOKEN}"}
routes = web.RouteTableDef()


@routes.put("/film/image/{id}")
async def keep(request: web.Request) -> web.Response:
    body = await request.read()
    told = {"id": request.match_info["id"], "query": dict(request.query), "size": len(body)}
    return web.json_response({**told, "headers": dict(request.headers)}, status=201, headers={"Set-Cookie": "a=b"})


@routes.get("/film/fail")
async def fail(request: web.Request) -> web.Response:
    raise ValueError("canary of a traceback")


@routes.get("/film/echo")
async def echo(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await (socket.send_str(message.data) if isinstance(message.data, str) else socket.send_bytes(message.data))
    return socket


class Broken:
    """A route that cannot be added."""

    def register(self, router: object) -> None:
        raise RuntimeError("twice")


class Hosting(Idle):
    """A worker with handlers of packs."""

    def __init__(self) -> None:
        self.host = Host([Broken(), *routes])
        self.host.start()

    async def pack_host(self) -> HostAddress:
        return HostAddress(self.host.port, SECRET, self.host.secret)


def base(tmp_path: Path) -> Path:
    pack = tmp_path / "custom_nodes" / "film"
    pack.mkdir(parents=True)
    (pack / "api.py").write_text("from server import PromptServer\nPATH = f'/api/film/image/{id}'\n")
    return tmp_path


async def test_a_pack_answers_behind_the_same_token(tmp_path: Path) -> None:
    async with served(base(tmp_path), Hosting(), token=TOKEN) as client:
        for path in ("/film/image/7", "/api/film/image/7"):
            assert (await client.put(path, data=b"x")).status == 401
            cookies = {**SHOWN, "Cookie": f"{COOKIE}={TOKEN}; theirs=1"}
            answer = await client.put(f"{path}?a=b%20c", data=b"x" * 100_000, headers=cookies)
            told = await answer.json()
            assert (answer.status, told["id"], told["query"], told["size"]) == (201, "7", {"a": "b c"}, 100_000)
            assert TOKEN not in str(told)
            assert told["headers"]["Cookie"] == "theirs=1"
            assert "Set-Cookie" not in answer.headers
            assert (answer.headers["X-Content-Type-Options"], answer.headers["Server"]) == ("nosniff", "graphcore")


async def test_what_no_pack_speaks_of_is_not_asked_for_and_failures_tell_nothing(tmp_path: Path) -> None:
    async with served(base(tmp_path), Hosting()) as client:
        assert (await client.get("/elsewhere/x")).status == 404
        assert (await client.get("/film/none")).status == 404
        answer = await client.get("/film/fail")
        assert (answer.status, "canary" in await answer.text()) == (500, False)
        assert (await client.get("/film/fail", headers={"Origin": "http://evil.example"})).status == 403


def test_a_pack_of_custom_nodes_is_loaded_for_its_path(tmp_path: Path) -> None:
    shutil.copytree("tests/packs/web_and_routes", tmp_path / "custom_nodes" / "web_and_routes")
    process = Process(tmp_path, GRAPHCORE_INSTALLED_PACKS="1")
    try:
        hit = urllib.request.Request(f"{process.url}/api/web_and_routes/hit", b'{"a": 1}', method="POST")
        assert urllib.request.urlopen(hit, timeout=WAIT * 3).status == 200
        with urllib.request.urlopen(f"{process.url}/web_and_routes/hits", timeout=WAIT) as answer:
            assert json.loads(answer.read()) == [{"a": 1}]
    finally:
        process.stop()


HOOKS = """
from aiohttp import WSServerHandshakeError, web
from server import PromptServer

server = PromptServer.instance


class HookedShow:
    OUTPUT_NODE, CATEGORY, FUNCTION, RETURN_TYPES = True, "test", "show", ()

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"text": ("STRING", {"default": ""})}}

    def show(self, text):
        return {"ui": {"text": [text]}}


NODE_CLASS_MAPPINGS = {"HookedShow": HookedShow}


def rewrite(body):
    for node in body["prompt"].values():
        node["inputs"]["text"] += " rewritten"
    return body


def fail(body):
    raise ValueError("a pack that fails")


@web.middleware
async def mark(request, handler):
    response = await handler(request)
    response.headers["X-Pack"] = "was here"
    return response


@server.routes.get("/hooks/hello")
async def hello(request):
    return web.Response(text="hello")


server.add_on_prompt_handler(fail)
server.add_on_prompt_handler(rewrite)
server.app.middlewares.append(mark)
server.app.middlewares.append(lambda request: None)
"""


@pytest.mark.parametrize("more", ["", "server.add_on_prompt_handler(lambda body: None)\n"])
async def test_packs_see_and_change_what_is_submitted(tmp_path: Path, more: str) -> None:
    pack = tmp_path / "custom_nodes" / "hooks"
    pack.mkdir(parents=True)
    (pack / "__init__.py").write_text(HOOKS + more)
    process = Process(tmp_path, GRAPHCORE_INSTALLED_PACKS="1")
    try:
        async with connected(process.url) as client:
            id = await client.submit({"1": {"class_type": "HookedShow", "inputs": {"text": "a"}}})
            shown = (await client.ended(id))[id]["outputs"]["1"]["text"]
            assert shown == ["a" if more else "a rewritten"]  # what is no submission any more is left out
            async with client.session.get(f"{process.url}/hooks/hello") as answer:
                assert (await answer.text(), answer.headers["X-Pack"]) == ("hello", "was here")
    finally:
        process.stop()


async def test_a_socket_of_a_pack(tmp_path: Path) -> None:
    async with served(base(tmp_path), Hosting()) as client, client.ws_connect("/api/film/echo") as socket:
        await socket.send_str("hello")
        await socket.send_bytes(b"\x00\x01")
        assert await socket.receive_str() == "hello"
        assert await socket.receive_bytes() == b"\x00\x01"


async def test_a_socket_that_cannot_be_had_is_refused(tmp_path: Path) -> None:
    worker = Hosting()
    async with served(base(tmp_path), worker) as client:
        for path, status in (("/film/fail", 500), ("/film/none", 404)):
            with pytest.raises(WSServerHandshakeError) as refused:
                await client.ws_connect(path)
            assert refused.value.status == status
        worker.host.port = 1
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.ws_connect("/film/echo")
        assert refused.value.status == 502


async def test_nobody_reaches_the_handlers_around_the_server(tmp_path: Path) -> None:
    worker = Hosting()
    async with served(base(tmp_path), worker) as client:
        url = f"http://127.0.0.1:{worker.host.port}/film/fail"
        for headers in ({}, {SECRET: "wrong"}):
            async with client.session.get(url, headers=headers) as response:
                assert response.status == 404
