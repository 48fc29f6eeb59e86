"""Bombs on every route that opens pictures, models or bodies: refused, or shown, in little memory and with no mistake.

Run by test_bombs.py in a process of its own, whose memory is looked at.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, FormData, WSMsgType
from aiohttp.test_utils import TestClient

from server.routes import table
from tests.security import bombs
from tests.server.conformance.kit import served
from tests.server.test_security import concrete

ROOM = 300  # MiB that a request may take at the most; the bombs hold 512 and more
Http = TestClient[Any, Any]


@contextmanager
def small(what: str) -> Iterator[None]:
    """Takes little memory meanwhile."""
    before = bombs.peak()
    yield
    assert bombs.peak() - before < ROOM, what


@pytest.fixture(scope="module")
def pictures() -> dict[str, bytes]:
    return bombs.pictures()


async def sound(client: Http, method: str, path: str, **options: Any) -> int:
    """The status of an answer, which is no mistake of the server's."""
    if isinstance(options.get("data"), bytes):
        options["data"] = io.BytesIO(options["data"])
    with small(f"{method} {path}"):
        async with client.request(method, path, **options) as response:
            await response.read()
            assert response.status < 500 or response.status in (503, 507), (method, path, await response.text())
            return response.status


async def test_pictures(tmp_path: Path, pictures: dict[str, bytes]) -> None:
    names = bombs.lay(tmp_path / "input", pictures)
    assert sum(map(len, pictures.values())) < 16 * 2**20
    async with served(tmp_path) as client:
        for name, query in product(names, ("preview=webp", "preview=jpeg;90", "channel=rgb", "channel=a")):
            status = await sound(client, "GET", f"/view?filename={name}&type=input&{query}")
            assert status in ((400,) if name.startswith("wide") else (200, 400)), (name, query)


async def test_pictures_of_models(tmp_path: Path, pictures: dict[str, bytes]) -> None:
    folder = tmp_path / "models" / "checkpoints"
    bombs.lay(folder, bombs.models())
    for name, content in pictures.items():
        (folder / f"{name}.safetensors").write_bytes(b"")
        (folder / f"{name}.preview.png").write_bytes(content)
    async with served(tmp_path) as client:
        for name in sorted(path.name for path in folder.glob("*.safetensors")):
            for path in (
                f"/experiment/models/preview/checkpoints/0/{name}",
                f"/api/v1/models/checkpoints/preview?name={name}",
                f"/api/v1/models/checkpoints/metadata?name={name}",
                f"/view_metadata/checkpoints?filename={name}",
            ):
                await sound(client, "GET", path)
        async with client.get("/view_metadata/checkpoints?filename=odd.safetensors") as response:
            json.loads(await response.read(), parse_constant=pytest.fail)
        await sound(client, "GET", "/api/v1/models/checkpoints")


async def test_masks(tmp_path: Path, pictures: dict[str, bytes]) -> None:
    bombs.lay(tmp_path / "input", pictures)
    async with served(tmp_path) as client:
        for name, content in pictures.items():
            for uploaded, original in ((content, "text.png"), (pictures["text.png"], name)):
                form = FormData()
                form.add_field("image", io.BytesIO(uploaded), filename="m.png")
                form.add_field("original_ref", json.dumps({"filename": original, "type": "input"}))
                await sound(client, "POST", "/upload/mask", data=form)


async def test_files_that_are_read_for_their_workflow(tmp_path: Path, pictures: dict[str, bytes]) -> None:
    async with served(tmp_path) as client:
        for name, content in {**pictures, **bombs.models(), **bombs.bodies()}.items():
            status = await sound(client, "POST", "/api/v1/workflows/read", data=content)
            assert status in ((200,) if name == "endless" else (400, 413)), name


async def test_bodies_on_every_route(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for (method, path), (name, body) in product(writing(), bombs.bodies().items()):
            status = await sound(client, method, path, data=body)
            if path == "/api/prompt":
                assert status == 400, name
        for path in ("/settings/a", "/settings"):
            await sound(client, "POST", path, data=b'{"a": [1e999, -1e999, NaN, 1]}')
            async with client.get(path) as response:
                json.loads(await response.read(), parse_constant=pytest.fail)


async def test_packed_bodies_on_every_route(tmp_path: Path) -> None:
    squeezed, packed = bombs.squeezed(), {"Content-Encoding": "gzip"}
    assert len(squeezed) < 2**20

    async def status(method: str, path: str, **options: Any) -> int:
        try:
            return await sound(client, method, path, headers=packed, **options)
        except ClientError:
            return 413  # cut off in the middle

    async with served(tmp_path) as client:
        for method, path in writing():
            found = await status(method, path, data=squeezed)
            if method == "POST" and path in ("/api/prompt", "/api/settings", "/api/userdata/x"):
                assert found == 413, path
        for path in ("/upload/image", "/upload/mask"):
            form = FormData()
            form.add_field("image", squeezed, filename="x.png")
            assert await status("POST", path, data=form) in (400, 413)  # a form is not packed, whatever it says
        assert await sound(client, "GET", "/prompt") == 200


def writing() -> list[tuple[str, str]]:
    """(method, path) of every route that takes a body; /api has the same handlers."""
    found = {handler: (method, concrete(path)) for method, path, handler in table() if method not in ("GET", "HEAD")}
    return list(found.values())


async def test_forms(tmp_path: Path) -> None:
    line = b"--b\r\nContent-Disposition: form-data; name=n%d\r\n\r\nv\r\n"
    forms = {
        "many parts": b"".join(line % n for n in range(100_000)),
        "long header": b"--b\r\nContent-Disposition: form-data; name=" + b"x" * 1_000_000 + b"\r\n\r\n",
        "long field": b"--b\r\nContent-Disposition: form-data; name=type\r\n\r\n" + b"x" * 10_000_000,
        "parts within parts": b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 10_000,
        "no end": b"--b\r\nContent-Disposition: form-data; name=image; filename=a.png\r\n\r\n",
    }
    async with served(tmp_path) as client:
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        for (name, body), path in product(forms.items(), ("/upload/image", "/upload/mask")):
            assert await sound(client, "POST", path, data=body, headers=headers) == 400, name
        assert [path.name for path in (tmp_path / "input").iterdir()] == []


async def test_sockets(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for path, text in product(("/ws", "/api/v1/events/ws"), ("x" * 2_000_000, "[" * 1_000_000)):
            async with client.ws_connect(path, max_msg_size=0) as socket:
                with small(path):
                    await socket.send_str(text)
                    while (message := await socket.receive(timeout=5)).type is WSMsgType.TEXT:
                        if path == "/ws" and len(text) < 2**20:
                            break  # it is heard, and means nothing
                    assert message.type in (WSMsgType.TEXT, WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR)
        assert await sound(client, "GET", "/prompt") == 200
