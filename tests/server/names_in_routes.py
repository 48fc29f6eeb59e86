"""Every route that takes a name, with names that mean to lead out: nothing outside is opened, told or changed.

Run by test_routes.py in a process of its own, because of the audit hook.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient
from yarl import URL

from server.routes import table
from tests.server.conformance.kit import served

CANARY = "canary-7f3a"
OUT = "outside/secret.txt"
NAMES = [
    f"../{OUT}",
    f"../../{OUT}",
    f"..\\{OUT}",
    f"a/../../{OUT}",
    f"./.././{OUT}",
    f"....//{OUT}",
    f"..;/{OUT}",
    f"%2e%2e/{OUT}",
    f"..%2f{OUT}",
    f"%252e%252e%252f{OUT}",
    f"..%c0%af{OUT}",
    f"..\x00/{OUT}",
    f"file://{OUT}",
    "link/secret.txt",
    "secret-link.txt",
    "ABSOLUTE",
    "//ABSOLUTE",
    "ABSOLUTE [input]",
    f"../{OUT} [output]",
]
QUERIES = ("filename", "subfolder", "dir", "path", "type", "preview", "channel")
opened: list[str] = []
watching = False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if watching and event in ("open", "os.remove", "os.rename", "os.listdir", "os.scandir", "os.mkdir"):
        opened.extend(str(argument) for argument in arguments[:2] if isinstance(argument, str | bytes | Path))


sys.addaudithook(_watch)


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Path]:
    """A base folder beside a secret, with links that lead there from everywhere."""
    global watching
    (tmp_path / "outside").mkdir()
    (tmp_path / OUT).write_text(CANARY)
    base = tmp_path / "base"
    pack = [f"custom_nodes/pack/{name}" for name in ("js", "example", "subgraphs")]
    for name in ("input", "output", "temp", "user/default", *pack):
        (base / name).mkdir(parents=True)
        (base / name / "link").symlink_to(tmp_path / "outside")
        (base / name / "secret-link.txt").symlink_to(tmp_path / OUT)
        (base / name / "secret-link.json").symlink_to(tmp_path / OUT)
    (base / "custom_nodes" / "pack" / "__init__.py").write_text('WEB_DIRECTORY = "js"')
    opened.clear()
    watching = True
    yield base
    watching = False


def names(base: Path) -> list[str]:
    return [name.replace("ABSOLUTE", str(base.parent / OUT)) for name in NAMES]


def unharmed(base: Path) -> None:
    outside = str(base.parent / "outside")
    assert not [path for path in opened if str(Path(path).resolve()).startswith(outside)]
    assert [path.name for path in (base.parent / "outside").iterdir()] == ["secret.txt"]
    assert sorted(path.name for path in base.parent.iterdir()) == ["base", "outside"]


async def asked(client: TestClient[Any, Any], method: str, path: str, **options: Any) -> None:
    """Ask, with the path as it is; whatever the answer, it is no mistake of the server's and tells no secret."""
    url = URL(f"http://127.0.0.1:{client.port}{path}", encoded=True)
    async with client.session.request(method, url, **options) as response:
        body = await response.read()
        assert response.status < 500 or b"SERVICE_DISABLED" in body, (method, path, body)
        assert CANARY.encode() not in body, (method, path)


def paths(name: str) -> Iterator[tuple[str, str]]:
    """Every route with a place for a name, with this name in each of its places."""
    for method, path, _ in table():
        places = re.findall(r"{[a-z]+(?::[^}]*)?}", path)
        for place in places:
            for written in (quote(name, safe=""), quote(name, safe="/%")):
                found = path.replace(place, written)
                for other in places:
                    found = found.replace(other, "pack" if other == "{pack}" else "0")
                yield method, found


async def test_names_in_paths(base: Path) -> None:
    async with served(base) as client:
        for name in names(base):
            for method, path in paths(name):
                await asked(client, method, path, data=b"{}" if method == "POST" else None)
    unharmed(base)


async def test_names_in_queries(base: Path) -> None:
    reading = [
        path for method, path, _ in table() if method == "GET" and "{" not in path and path != "/api/object_info"
    ]
    quiet = [path for path in reading if not path.endswith(("ws", "object_info", "system_stats", "events"))]
    async with served(base) as client:
        for name in names(base):
            for path in quiet:
                await asked(client, "GET", f"{path}?" + "&".join(f"{query}={quote(name)}" for query in QUERIES))
            for query in ("filename", "subfolder"):
                other = {"filename": "x.png", "subfolder": ""} | {query: name}
                for area in ("input", "output", "temp"):
                    await asked(
                        client,
                        "GET",
                        "/view?" + "&".join(f"{k}={quote(v)}" for k, v in other.items()) + f"&type={area}",
                    )
    unharmed(base)


async def test_names_in_forms(base: Path) -> None:
    async with served(base) as client:
        for name in names(base):
            safe = name.replace("\x00", "")
            for fields in (
                {"filename": safe},
                {"subfolder": name},
                {"type": name},
                {"original_ref": json.dumps({"filename": name})},
            ):
                form = FormData(quote_fields=False)
                form.add_field("image", b"x", filename=fields.pop("filename", "a.png"))
                for key, value in fields.items():
                    form.add_field(key, value)
                await asked(client, "POST", "/upload/mask" if "original_ref" in fields else "/upload/image", data=form)
    unharmed(base)
