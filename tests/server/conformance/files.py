"""Pictures and files for the tests of section L, and requests about them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from aiohttp import FormData
from aiohttp.test_utils import TestClient
from PIL import Image

Http = TestClient[Any, Any]


def picture(mode: str = "RGB", size: tuple[int, int] = (8, 4), color: Any = (10, 200, 30), **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, color).save(buffer, "PNG", **options)
    return buffer.getvalue()


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


async def upload(client: Http, content: bytes, filename: str = "a.png", route: str = "image", **fields: str) -> Any:
    """(status, answer) of an upload."""
    form = FormData(quote_fields=False)
    form.add_field("image", content, filename=filename)
    for name, value in fields.items():
        form.add_field(name, value)
    async with client.post(f"/upload/{route}", data=form) as response:
        body = await response.json() if response.content_type == "application/json" else await response.text()
        return response.status, body


async def view(client: Http, **query: str) -> tuple[int, bytes, str]:
    """(status, body, content type) of a view."""
    async with client.get("/view", params=query) as response:
        return response.status, await response.read(), response.content_type


async def status_of(client: Http, path: str, method: str = "GET", **options: Any) -> int:
    async with client.request(method, path, **options) as response:
        return response.status


def safetensors(path: Path, metadata: dict[str, str] | None, padding: int = 0) -> None:
    header = json.dumps({} if metadata is None else {"__metadata__": metadata}).encode() + b" " * padding
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(header).to_bytes(8, "little") + header)
