"""Who may ask: tokens, hosts and sites, over the whole route table."""

from __future__ import annotations

import asyncio
import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient

from server.routes import table
from server.security import COOKIE, same_site
from tests.server.conformance.kit import served

TOKEN = "t" * 40
SHOWN = {"Authorization": f"Bearer {TOKEN}"}
PLACES = {"{filename:.*}": "x", "{file:.+}": "x", "{pack}": "p"}


def concrete(path: str) -> str:
    """A path of the table as one that can be asked for."""
    for pattern, text in PLACES.items():
        path = path.replace(pattern, text)
    return re.sub(r"{[a-z]+}", "x", path)


async def status_of(client: TestClient[Any, Any], method: str, path: str, **headers: str) -> int:
    async with client.request(method, path, headers=headers, allow_redirects=False) as response:
        return response.status


async def test_every_route_needs_the_token(tmp_path: Path) -> None:
    async with served(tmp_path, listen=("0.0.0.0",), token=TOKEN) as client:
        for method, path, _ in table():
            for shown in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Cookie": f"{COOKIE}=x"}):
                assert await status_of(client, method, concrete(path), **shown) == 401, (method, path, shown)
        for path in ("/nothing", "/api/nothing", "/../x", "/?token=wrong", f"/queue?token={TOKEN}"):
            assert await status_of(client, "GET", path) == 401
        assert await status_of(client, "HEAD", "/queue") == 401


@pytest.mark.parametrize("headers", [SHOWN, {"Authorization": f"bearer  {TOKEN}"}, {"Cookie": f"{COOKIE}={TOKEN}"}])
async def test_the_token_opens(tmp_path: Path, headers: dict[str, str]) -> None:
    async with served(tmp_path, listen=("0.0.0.0",), token=TOKEN) as client:
        assert await status_of(client, "GET", "/queue", **headers) == 200
        assert await status_of(client, "GET", "/queue", Host="any.example", **headers) == 200


async def test_a_page_opened_with_the_token_keeps_it_in_a_cookie(tmp_path: Path) -> None:
    async with served(tmp_path, listen=("0.0.0.0",), token=TOKEN) as client:
        async with client.get(f"/?token={TOKEN}", allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (303, "/")
            assert {"HttpOnly", "SameSite=Strict"} <= set(response.headers["Set-Cookie"].split("; "))
            assert "Secure" not in response.headers["Set-Cookie"]
        proxied = {"X-Forwarded-Proto": "https"}
        async with client.get(f"/?token={TOKEN}", headers=proxied, allow_redirects=False) as response:
            assert "Secure" in response.headers["Set-Cookie"].split("; ")
        client.session.cookie_jar.clear()
        await client.get(f"/?token={TOKEN}")
        async with client.ws_connect(f"/ws?token={TOKEN}") as socket:
            assert (await asyncio.wait_for(socket.receive_json(), 5))["type"] == "status"
        assert await status_of(client, "GET", "/queue") == 200
        client.session.cookie_jar.clear()
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            await client.ws_connect("/ws")


HOSTS = {"127.0.0.1": True, "localhost:80": True, "[::1]:8188": True, "a.localhost": True, "proxy.example": True}
HOSTS |= {"evil.example": False, "127.0.0.1.evil.example": False, "[": False, "": False, "evil.example:8188": False}


@pytest.mark.parametrize("host", HOSTS)
async def test_a_foreign_host_is_refused_on_loopback(tmp_path: Path, host: str) -> None:
    async with served(tmp_path, trusted_hosts=("proxy.example",)) as client:
        assert (await status_of(client, "GET", "/queue", Host=host) == 200) is HOSTS[host]


async def test_names_must_be_trusted_elsewhere_too_once_some_are(tmp_path: Path) -> None:
    async with served(tmp_path, listen=("0.0.0.0",), token=TOKEN, trusted_hosts=("me.example",)) as client:
        for host, status in [("me.example", 200), ("192.168.1.7:8188", 200), ("evil.example", 403)]:
            assert await status_of(client, "GET", "/queue", Host=host, **SHOWN) == status


async def test_no_foreign_site_changes_anything(tmp_path: Path) -> None:
    origins = ("http://evil.example", "null", "http://localhost:1", "https://127.0.0.1.evil.example", "file://", "x")
    kinds = ("text/plain", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
    writing = sorted({(method, path) for method, path, _ in table() if method not in ("GET", "HEAD")})
    async with served(tmp_path) as client:
        for (method, path), origin, kind in product(writing, origins, kinds):
            found = await status_of(client, method, concrete(path), **{"Origin": origin, "Content-Type": kind})
            assert found == 403, (method, path, origin, kind)
        for (method, path), site in product(writing, ("cross-site", "same-site")):
            assert await status_of(client, method, concrete(path), **{"Sec-Fetch-Site": site}) == 403


async def test_what_a_browser_marks_as_foreign_is_refused_but_for_links(tmp_path: Path) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    link = {**foreign, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    async with served(tmp_path, trusted_origins=("https://ui.example",)) as client:
        for path in ("/", "/view?filename=x", "/queue", "/ws"):
            assert await status_of(client, "GET", path, **foreign) == 403
            assert await status_of(client, "GET", path, **{**link, "Sec-Fetch-Dest": "iframe"}) == 403
        assert await status_of(client, "GET", "/", **link) == 200
        assert await status_of(client, "POST", "/interrupt", **link) == 403
        assert await status_of(client, "POST", "/interrupt", Origin="https://ui.example", **foreign) == 200
        for site in ("none", "same-origin", "same-site"):
            assert await status_of(client, "GET", "/queue", **{"Sec-Fetch-Site": site}) == 200


async def test_no_socket_for_a_page_without_an_origin_of_its_own(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for origin in ("null", "http://evil.example"):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await client.ws_connect("/ws", headers={"Origin": origin})
        async with client.ws_connect("/ws", headers={"Origin": f"http://127.0.0.1:{client.port}"}) as socket:
            assert (await asyncio.wait_for(socket.receive_json(), 5))["type"] == "status"


@pytest.mark.parametrize(
    ("host", "origin", "same"),
    [
        ("[::1]:80", "http://[::1]:80", True),
        ("[::1]", "http://[::1]:80", True),
        ("a:1", "http://A:1", True),
        ("a:1", "http://a:2", False),
        ("a", "http://b", False),
        ("a:x", "http://a", False),
        ("", "", False),
    ],
)
def test_same_site(host: str, origin: str, same: bool) -> None:
    assert same_site(host, origin) is same


async def test_the_page_has_a_strict_policy(tmp_path: Path) -> None:
    async with served(tmp_path) as client, client.get("/") as response:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script" not in policy  # so that scripts fall under default-src, without inline ones
        scripts = re.findall(r"<script\b([^>]*)>(.*?)</script>", await response.text(), re.DOTALL)
        assert all(re.search(r'\bsrc="/', attributes) and not inline.strip() for attributes, inline in scripts)


async def test_a_token_that_is_no_text_is_just_wrong(tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as client:
        assert client.port is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(
            b"GET /prompt HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \xff\xfe\r\nConnection: close\r\n\r\n"
        )
        status = (await reader.read()).split(b"\r\n", 1)[0]
        writer.close()
        assert b" 40" in status, status


async def test_text_that_no_store_can_keep_is_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for field in ("client_id", "prompt_id"):
            body = json.dumps({"prompt": {"1": {"class_type": "X", "inputs": {}}}, field: "\ud800"})
            assert (await client.post("/prompt", data=body)).status == 400
