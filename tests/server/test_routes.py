"""The routes: what is not there, what the documentation names, and that no name leads out of its folder."""

from __future__ import annotations

import re
from pathlib import Path

from server.routes import ONCE, ROUTES
from tests.apart import run_apart
from tests.server.conformance.kit import served


def test_no_name_leads_out_of_its_folder() -> None:
    run_apart(Path("tests/server/names_in_routes.py"), 3)


async def test_unknown_paths_are_not_found_whatever_the_method(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"):
            for path in ("/nothing", "/api/nothing/x", "/api/internal/logs"):
                async with client.request(method, path) as response:
                    assert response.status == 404, (method, path)
                    assert response.headers["X-Content-Type-Options"] == "nosniff"
                    assert response.headers["Server"] == "graphcore"


def test_the_page_of_the_api_names_every_route() -> None:
    page = Path("docs/http-api.md").read_text()
    plain = {re.sub(r":[^}]*}", "}", path) for _, path, _ in ROUTES + ONCE}
    assert [path for path in sorted(plain) if path != "/ws" and path not in page] == []
