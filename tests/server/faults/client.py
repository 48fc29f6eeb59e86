"""A client of a server whose disk is full, and what it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.server.conformance.kit import Client, connected
from tests.server.faults.disk import Limited, Small

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000" "1f15c4890000000d49444154789c63f8cfc0f01f0005050201"
    "5fc8f1d20000000049454e44ae426082"
)  # fmt: skip
BIG = b"x" * 300_000


@asynccontextmanager
async def client_of(disk: Limited | Small) -> AsyncIterator[Client]:
    async with connected(disk.process.url) as client:
        await client.get("/object_info")  # the worker is there
        yield client


def sentence(answer: Any, *words: str) -> None:
    """The answer is an error in the field's form, whose message says what happened."""
    message = answer["error"]["message"]
    assert message[-1] == ".", message
    assert all(word in message for word in words), message
    assert "Traceback" not in str(answer)


async def upload(client: Client, path: str, name: str, body: bytes, **fields: str) -> int:
    form = aiohttp.FormData()
    for field, text in fields.items():
        form.add_field(field, text)
    form.add_field("image", body, filename=name)
    async with client.session.post(client.url + path, data=form) as response:
        if response.status != 200:
            sentence(await response.json(), "file")
        return response.status
