"""Failures become sentences; what is not meant for clients stays in the log."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from sqlalchemy.exc import OperationalError

from graphcore.errors import ModelError, UserError
from server.middlewares import explain_failures
from server.users import UnknownUser
from server.workers.protocol import WorkerUnavailable


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
