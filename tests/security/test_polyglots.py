"""Whatever a file is besides a picture: no route gives it to a browser as something that the browser would run."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import ClientResponse, FormData

from server.routes import table
from tests.security.polyglots import ENDINGS, MARK, POLYGLOTS
from tests.server.conformance.kit import served
from tests.server.test_security import concrete

# What a browser shows, plays or reads as mere text. All else is a download, or runs.
HARMLESS = {"text/plain", "text/csv", "text/markdown", "application/json", "model/gltf+json", "model/obj"}
HARMLESS |= {"model/gltf-binary"}
MAGIC = {
    "image/png": b"\x89PNG",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/bmp": b"BM",
    "image/webp": b"RIFF",
    "image/tiff": b"II*\0",
}
MEDIA = {"image/avif", "video/mp4", "video/webm", "audio/mpeg", "audio/ogg", "audio/flac", "audio/wav", "audio/mp4"}
AREAS = ("input", "output", "temp", "user/default", "user/default/workflows", "models/checkpoints", "custom_nodes/p/js")
AREAS += ("custom_nodes/p/example_workflows",)
# The two places where the owner's own scripts and styles are served as such, by design (docs/security.md).
OWN = (("/extensions/", ("js", "mjs", "css", "svg")), ("/userdata/", ("css",)))


async def harmless(response: ClientResponse, path: str) -> None:
    """An answer is nothing that a browser would run; if it is somebody's file, it is fenced in as well."""
    body, kind = await response.read(), response.content_type
    if response.status != 200 or any(place in path and path.endswith(endings) for place, endings in OWN):
        return
    assert response.headers["X-Content-Type-Options"] == "nosniff", path
    if kind in MAGIC:
        assert body.startswith(MAGIC[kind]), path
    elif kind == "application/octet-stream":
        assert response.headers["Content-Disposition"].startswith("attachment"), path
    else:
        assert kind in HARMLESS | MEDIA, (path, kind)
    if MARK in body and kind != "application/json":
        assert "sandbox" in response.headers["Content-Security-Policy"], path


def laid(base: Path, endings: list[str] | None = None) -> list[str]:
    """Every file in every area, under its own ending, or under each of these; their names."""
    names = []
    for number, (own, content) in enumerate(POLYGLOTS):
        for ending in endings or [own]:
            names.append(f"p{number}.{ending}".rstrip("."))
            for area in AREAS:
                (base / area).mkdir(parents=True, exist_ok=True)
                (base / area / names[-1]).write_bytes(content)
    (base / "custom_nodes" / "p" / "__init__.py").write_text('WEB_DIRECTORY = "js"')
    return names


@pytest.mark.parametrize("query", ["", "&preview=webp;80", "&preview=jpeg", "&channel=rgb", "&channel=a"])
async def test_every_file_under_every_ending_is_viewed_as_nothing_that_runs(tmp_path: Path, query: str) -> None:
    names = laid(tmp_path, ENDINGS)
    asked = names if not query else names[::7]
    async with served(tmp_path) as client:
        for name in asked:
            async with client.get(f"/view?filename={name}&type=input{query}") as response:
                assert response.status in (200, 400), name
                await harmless(response, f"/view/{name}{query}")


async def test_no_route_gives_a_file_as_something_that_runs(tmp_path: Path) -> None:
    names = laid(tmp_path)
    given = 0
    async with served(tmp_path) as client:
        for path, name in product(reading(), names):
            for url in urls(path, name):
                async with client.get(url) as response:
                    await harmless(response, url.split("?")[0])
                    given += MARK in await response.read()
    assert given > 2 * len(names)


def reading() -> list[str]:
    """The path of every route that reads and may be meant by a name; the page's own files are not anybody's."""
    found = {}
    for method, path, handler in table():
        if method == "GET" and "ws" not in path.split("/") and not path.endswith("/events"):
            found.setdefault(handler, path)
    return [path for path in found.values() if path not in ("/", "/api/v1/docs", "/docs/{file}", "/{file:.+}")]


def urls(path: str, name: str) -> list[str]:
    """A route, with a file in the place of its last part, and in its query."""
    known = {"pack": "p", "folder": "checkpoints", "kind": "checkpoints", "index": "0", "source": "user"}
    for place, text in known.items():
        path = path.replace(f"{{{place}}}", text)
    for place in ("{filename:.*}", "{file:.+}", "{name:.+}", "{file}"):
        path = path.replace(place, quote(name))
    path = concrete(path)
    return [path, f"{path}?filename={name}&name={name}&type=input"] if "{" not in path else []


async def test_an_upload_is_kept_as_it_is_and_viewed_as_nothing_that_runs(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for number, (ending, content) in enumerate(POLYGLOTS):
            for claimed in ("image/png", "text/html", "image/svg+xml"):
                form = FormData()
                form.add_field("image", content, filename=f"u{number}.{ending}", content_type=claimed)
                async with client.post("/upload/image", data=form) as response:
                    answer: dict[str, Any] = await response.json()
                    assert (response.status, answer["type"]) == (200, "input")
                assert (tmp_path / "input" / answer["name"]).read_bytes() == content
                async with client.get("/view", params={"filename": answer["name"], "type": "input"}) as response:
                    assert response.status == 200
                    await harmless(response, answer["name"])
