"""JSON bodies: any content type, no bombs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from server.bodies import BadBody, parse_json, strings
from tests.server.conformance.kit import served


def test_what_json_has_not_becomes_null() -> None:
    assert parse_json(b'{"a": NaN, "b": [-Infinity]}', 8) == {"a": None, "b": [None]}


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"nope", b'{"a": 1} x'])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(BadBody, match="not JSON"):
        parse_json(text, 8)


@pytest.mark.parametrize("depth", [9, 1_000, 100_000])
def test_deep_json_is_refused(depth: int) -> None:
    for text in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        with pytest.raises(BadBody, match="8 levels"):
            parse_json(text.encode(), 7 + 1)
    assert parse_json(b"[" * 8 + b"]" * 8, 8) == json.loads("[" * 8 + "]" * 8)


def test_lists_of_ids() -> None:
    assert strings({"delete": ["a", 1]}, "delete") == ["a", "1"]
    assert strings({}, "delete") == []
    with pytest.raises(BadBody, match="'delete'"):
        strings({"delete": "a"}, "delete")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/json", "image/png"])
async def test_the_content_type_does_not_matter(tmp_path: Path, kind: str) -> None:
    async with served(tmp_path) as client:
        headers = {"Content-Type": kind}
        async with client.post("/settings/a", data=b'{"b": 1}', headers=headers) as response:
            assert response.status == 200
        assert await (await client.get("/settings/a")).json() == {"b": 1}


async def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    async with served(tmp_path, body_seconds=0.05) as client:

        async def slow() -> Any:
            yield b"{"
            await asyncio.sleep(0.5)
            yield b"}"

        async with client.post("/prompt", data=slow()) as response:
            assert response.status == 408


async def test_too_many_nodes_are_refused(tmp_path: Path) -> None:
    async with served(tmp_path, max_nodes=2) as client:
        prompt = {str(i): {"class_type": "X", "inputs": {}} for i in range(3)}
        async with client.post("/prompt", json={"prompt": prompt}) as response:
            assert response.status == 400
            assert "2 are allowed" in (await response.json())["error"]["message"]
