"""Every route of the table, with names that lead elsewhere, under a hook that sees every file that is opened.

Run by test_routes.py in a process of its own, because of the audit hook.
"""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp.test_utils import TestClient
from yarl import URL

from server.routes import table
from tests.security import canaries
from tests.security.watch import Watch
from tests.server.conformance.kit import served
from tests.server.test_security import concrete

CANARY = "the canary sings"
QUERY = ("filename", "subfolder", "type", "dir", "path", "name", "dest", "preview", "channel")
NAMED = ("view", "userdata", "models", "preview", "metadata")  # in the paths of routes that take names in the query
FIELDS = ("subfolder", "type", "filename")


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch([])


def corpus(outside: Path) -> list[str]:
    """Names that mean a file outside, to somebody who trusts them."""
    up = [f"{'../' * depth}outside/secret.png" for depth in (1, 2, 3, 6)]
    names = [str(outside / "secret.png"), f"/{outside}/secret.png", *up, *(name.replace("/", "\\") for name in up)]
    names += [
        "....//outside/secret.png",
        "x/../../outside/secret.png",
        "link/secret.png",
        "link",
        f"file://{outside}/secret.png",
    ]
    names += [f"{up[0]} [input]", f"{up[0]}\0.png", quote(up[0], safe=""), "/etc/passwd", "../" * 9 + "etc/passwd"]
    return names


def lay(base: Path, outside: Path) -> None:
    outside.mkdir()
    for name in ("secret.png", "secret.json", "secret.safetensors"):
        (outside / name).write_text(CANARY)
    for folder in ("input", "output", "temp", "user/default", "models/checkpoints"):
        (base / folder).mkdir(parents=True, exist_ok=True)
        if not folder.startswith("models"):  # there links are the owner's own
            (base / folder / "link").symlink_to(outside)


async def body_of(client: TestClient[Any, Any], method: str, url: str, **options: Any) -> tuple[int, bytes]:
    target = client.make_url("/").join(URL(url, encoded=True))
    try:
        async with client.session.request(method, target, allow_redirects=False, **options) as response:
            if response.status == 200 and "event-stream" in response.content_type:
                return response.status, b""
            return response.status, await response.read()
    except aiohttp.ClientError:  # a name that cannot be sent at all
        return 0, b""


async def test_no_name_on_any_route_leads_to_a_file_outside(tmp_path: Path, watch: Watch) -> None:
    base, outside = tmp_path / "base", tmp_path / "outside"
    base.mkdir()
    lay(base, outside)
    watch.allow(base)
    before = {path: path.read_bytes() for path in outside.iterdir()}
    tried = 0
    async with served(base) as client:
        with watch.on() as strays:
            for method, path in distinct():
                for name, url in ((text, url) for text in corpus(outside) for url in urls(path, text)):
                    status, body = await body_of(client, method, url, data=b'{"a": 1}')
                    assert CANARY.encode() not in body, (method, url)
                    assert b"root:" not in body, (method, url)
                    assert status < 500 or status == 503, (method, url, name, status, body)
                    tried += 1
        assert strays == []
    assert {path: path.read_bytes() for path in outside.iterdir()} == before
    assert tried > 1000


async def test_no_route_unpickles_a_file_or_a_body(tmp_path: Path, watch: Watch) -> None:
    base, outside = tmp_path / "base", tmp_path / "outside"
    mark = canaries.lay(base, outside)
    trap = (base / "input" / "evil.pt").read_bytes()
    for folder in ("output", "temp", "user/default", "user/default/workflows", "custom_nodes/p/example_workflows"):
        (base / folder).mkdir(parents=True)
        for name in canaries.PICKLES:
            (base / folder / name).write_bytes(trap)
    for name in canaries.PICKLES:  # beside each model lies a picture that is none
        (base / "models" / "checkpoints" / name).with_suffix(".preview.png").write_bytes(trap)
    watch.allow(base)
    known = {"{folder}": "checkpoints", "{kind}": "checkpoints", "{index}": "0", "{source}": "user", "{pack}": "p"}
    async with served(base) as client:
        with watch.on() as strays:
            for method, path in distinct():
                for place, text in known.items():
                    path = path.replace(place, text)
                for url in (url for name in canaries.PICKLES for url in urls(path, name)):
                    status, body = await body_of(client, method, url, data=trap)
                    assert status < 500 or status in (503, 507), (method, url, status, body)
                    assert not mark.exists(), (method, url)
            for path in ("/upload/image", "/upload/mask"):
                form = aiohttp.FormData()
                form.add_field("image", trap, filename="evil.png", content_type="image/png")
                form.add_field("original_ref", '{"filename": "evil.png", "type": "input"}')
                async with client.post(path, data=form) as response:
                    assert response.status in (200, 400)
        assert strays == []
    assert not mark.exists()


def distinct() -> list[tuple[str, str]]:
    """(method, path) of every handler but streams; below /api the same handlers answer."""
    found: dict[Any, tuple[str, str]] = {}
    for method, path, handler in table():
        if "ws" not in path.split("/") and not path.endswith("/events"):
            found.setdefault((method, handler), (method, path))
    return list(found.values())


def urls(path: str, name: str) -> list[str]:
    """A path of the table with a name in each of its places, escaped whole and in parts, and in the query."""
    places = re.findall(r"{[^}]+}", path)
    found = [concrete(path.replace(place, quote(name, safe=safe))) for place in places for safe in ("", "/")]
    found.append(f"{concrete(path)}?{'&'.join(f'{key}={quote(name, safe=str())}' for key in QUERY)}")
    if any(word in path for word in NAMED):
        found += [f"{concrete(path)}?filename=x.png&{key}={quote(name, safe='')}" for key in QUERY]
    return found


async def test_no_upload_leads_outside(tmp_path: Path, watch: Watch) -> None:
    base, outside = tmp_path / "base", tmp_path / "outside"
    base.mkdir()
    lay(base, outside)
    watch.allow(base)
    async with served(base) as client:
        with watch.on() as strays:
            for path, name, field in product(("/upload/image", "/api/upload/mask"), corpus(outside), FIELDS):
                if "\0" in name:
                    continue  # no client sends that in a form
                form = aiohttp.FormData()
                form.add_field("image", b"data", filename=name if field == "filename" else "x.png")
                if field != "filename":
                    form.add_field(field, name)
                form.add_field("original_ref", f'{{"filename": "{outside}/secret.png", "type": "input"}}')
                async with client.post(path, data=form) as response:
                    assert response.status in (200, 400, 403), await response.text()
        assert strays == []
    assert sorted(path.name for path in outside.iterdir()) == ["secret.json", "secret.png", "secret.safetensors"]
