"""Failures become sentences; what is not meant for clients stays in the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from sqlalchemy.exc import OperationalError

from graphcore.errors import ModelError, UserError
from server.middlewares import explain_failures
from server.users import UnknownUser
from server.workers.protocol import WorkerUnavailable
from tests.server.conformance.kit import served


async def answered(error: Exception) -> web.StreamResponse:
    """What becomes of a handler that raises."""

    async def handler(request: web.Request) -> web.StreamResponse:
        raise error

    return await explain_failures(make_mocked_request("GET", "/x"), handler)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (UserError("Use another name."), 400, "Use another name."),
        (UnknownUser("Who?"), 401, "Who?"),
        (web.RequestPayloadError("canary"), 400, "not what its headers say"),
        (WorkerUnavailable("It starts."), 503, "It starts."),
        (ModelError("No such model."), 500, "No such model."),
        (OperationalError("SELECT canary", {}, Exception("canary")), 503, "job store"),
        (OSError(28, "No space left on device", "/canary/path"), 507, "No space left on device"),
        (ZeroDivisionError("canary"), 500, "its log says more"),
    ],
)
async def test_failures(error: Exception, status: int, said: str) -> None:
    response: Any = await answered(error)
    assert response.status == status
    assert said in response.text
    assert "canary" not in response.text
    assert ("Retry-After" in response.headers) is (status == 503)


async def test_what_aiohttp_raises_keeps_its_status_and_headers() -> None:
    response = await answered(web.HTTPMethodNotAllowed("GET", ["POST"]))
    assert (response.status, response.headers["Allow"]) == (405, "POST")


@contextmanager
def room(size: int) -> Iterator[None]:
    """Files of this process may not grow beyond so many bytes, as if the disk were full."""
    resource = pytest.importorskip("resource", reason="this system has no limits of that kind")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_is_told_and_leaves_what_was_there(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert (await client.post("/userdata/w.json", data=b"old")).status == 200
        large = b"x" * 2**21
        with room(2**20):
            uploading = await client.post("/upload/image", data={"image": BytesIO(large)})
            writing = await client.post("/userdata/w.json", data=BytesIO(large))
            other = await client.post("/userdata/small.json", data=b"small")
        for answer in (uploading, writing):
            assert answer.status == 507
            assert "could not be written" in (await answer.json())["error"]["message"].replace("read or ", "")
        assert other.status == 200
        assert [path for path in (tmp_path / "input").iterdir() if path.is_file()] == []
        assert (tmp_path / "user" / "default" / "w.json").read_bytes() == b"old"
        assert sorted(path.name for path in (tmp_path / "user" / "default").iterdir()) == ["small.json", "w.json"]
        assert (await client.post("/upload/image", data={"image": BytesIO(large)})).status == 200


async def test_answers_are_compressed_if_both_sides_want_that(tmp_path: Path) -> None:
    wants = {"Accept-Encoding": "gzip"}
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "a.txt").write_text("a" * 5000)
    async with served(tmp_path, compress=True) as client:
        for path, headers, coding in [
            ("/api/v1/docs", wants, "gzip"),
            ("/models", wants, "gzip"),
            ("/models", {"Accept-Encoding": "identity"}, None),
            ("/view?filename=a.txt", wants, None),  # files have ranges, which are counted in their own bytes
        ]:
            async with client.get(path, headers=headers) as response:
                assert (response.status, response.headers.get("Content-Encoding")) == (200, coding), path
                assert await response.read()
    async with served(tmp_path) as client, client.get("/models", headers=wants) as response:
        assert "Content-Encoding" not in response.headers
