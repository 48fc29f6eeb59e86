"""The description of the API, and the API against it."""

from __future__ import annotations

import re
from pathlib import Path

from server.openapi import OPERATIONS
from server.routes import table
from tests.server.conformance.kit import served


async def test_every_route_of_the_own_api_is_described(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        api = await (await client.get("/api/v1/openapi.json")).json()
        page = await (await client.get("/api/v1/docs")).text()
    assert api["openapi"] == "3.1.0"
    own = {(method, path) for method, path, _ in table() if path.startswith("/api/v1/")}
    plain = {(method, re.sub(r":[^}]*}", "}", path)) for method, path in own} - {("GET", "/api/v1/events/ws")}
    told = {(method.upper(), path) for path, methods in api["paths"].items() for method in methods}
    assert told == plain
    assert all(path in page for _, path in plain)
    assert len({facts["operationId"] for methods in api["paths"].values() for facts in methods.values()}) == len(told)


def test_every_operation_is_of_a_route() -> None:
    assert set(OPERATIONS) <= {handler for _, _, handler in table()}
