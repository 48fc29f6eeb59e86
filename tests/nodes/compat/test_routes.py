"""Routes, middlewares and submission handlers of packs, hosted by a real aiohttp server as a worker would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer

from nodes.compat.routes import RecordedApp, RouteTable


def hosted(packs: Any) -> web.Application:
    """Every route with and without /api."""
    inner = web.Application(middlewares=packs.middlewares())
    for route in packs.routes():
        route.register(inner.router)
    packs.prepare(inner)
    return inner


def test_o005_routes_of_packs_answer_with_and_without_api(base: Callable[..., Any]) -> None:
    _, packs = base("web_and_routes", "prompt_tools", "server_tweaks").start()
    packs.load_all()

    async def ask() -> None:
        app = hosted(packs)
        app.add_subapp("/api", hosted(packs))
        async with TestClient(TestServer(app)) as client:
            for prefix in ("", "/api"):
                answer = await client.get(f"{prefix}/prompt_tools/wildcards", params={"q": "x"})
                assert (await answer.json())["q"] == "x"
                assert answer.headers["X-Server-Tweaks"] == "1"
                saved = await client.post(f"{prefix}/prompt_tools/wildcards/a", json={"lines": ["1"]})
                assert saved.status == 201
                form = FormData()
                form.add_field("image", b"1234", filename="a.png")
                uploaded = await client.post(f"{prefix}/server_tweaks/upload", data=form)
                assert await uploaded.json() == {"name": "a.png", "size": 4}
                assert await (await client.get(f"{prefix}/server_tweaks/direct")).text() == "direct"
                assert await (await client.get(f"{prefix}/server_tweaks/static/hello.txt")).text() == "hello\n"
                assert (await (await client.get(f"{prefix}/server_tweaks/queue")).json())["loop"] is True
                assert (await client.get(f"{prefix}/server_tweaks/fails")).status == 500
                assert await (await client.get(f"{prefix}/server_tweaks/nested/where")).text() == "direct"
                assert await (await client.get(f"{prefix}/server_tweaks/resource")).text() == "direct"
                assert await (await client.get(f"{prefix}/server_tweaks/started")).json() == [2, "done"], "both apps"

    asyncio.run(ask())


def test_a_context_that_fails_costs_nobody_else_anything(caplog: pytest.LogCaptureFixture) -> None:
    done = []

    async def never_starts(app: web.Application) -> AsyncGenerator[None]:
        raise RuntimeError("there is no database")
        yield

    async def never_ends(app: web.Application) -> AsyncGenerator[None]:
        yield
        raise RuntimeError("the database is gone")

    async def works(app: web.Application) -> AsyncGenerator[None]:
        done.append("start")
        yield
        done.append("end")

    async def serve() -> None:
        recorded, app = RecordedApp(RouteTable()), web.Application()
        recorded.cleanup_ctx += [never_starts, never_ends, works, "none at all"]
        recorded.prepare(app)
        async with TestServer(app):
            done.append("serve")

    asyncio.run(serve())
    assert done == ["start", "serve", "end"]
    assert "there is no database" in caplog.text
    assert "the database is gone" in caplog.text


def test_o009_handlers_rewrite_submissions(base: Callable[..., Any]) -> None:
    _, packs = base("server_tweaks").start()
    body = {"prompt": {"1": {"class_type": "TweakValue", "inputs": {"value": 3}}}}
    assert packs.on_prompt(body)["prompt"]["1"]["inputs"]["value"] == 4
    assert packs.on_prompt({"prompt": "not a prompt"}) == {"prompt": "not a prompt"}, "a handler that fails is left out"


def test_messages_of_packs_go_where_the_host_says(base: Callable[..., Any]) -> None:
    engine, packs = base("server_tweaks").start()
    sent: list[Any] = []
    packs.connect(lambda *message: sent.append(message))
    engine.run({"1": {"class_type": "TweakValue", "inputs": {"value": 3}}}, keep=["1"])
    assert sent == [(3, b"\x00\x00\x00\x011value 3", None)]
