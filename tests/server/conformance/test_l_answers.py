"""Section L of the conformance list: what holds for all answers: caches, origins, where routes are."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from server.middlewares import cache_control, control_caches
from server.routes import ONCE, ROUTES, table
from tests.server.conformance.files import picture, status_of
from tests.server.conformance.kit import served
from tests.server.test_security import concrete

IMAGES = [".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"]
DAY, HOUR = "public, max-age=86400", "public, max-age=3600"
STATUSES: dict[int, str | None] = {
    **dict.fromkeys((200, 201, 202, 203, 204, 205, 206, 301, 308), DAY),
    **dict.fromkeys((302, 303, 307), "no-cache"),
    **{404: HOUR, 304: None, 400: None, 401: None, 403: None, 500: None, 503: None},
}


@pytest.mark.parametrize("status", STATUSES)
def test_l015_cache_headers(status: int) -> None:
    for ending in IMAGES:
        for path in (f"/a{ending}", f"/x/y.z{ending.upper()}", f"/view/index.json/a{ending.title()}"):
            assert cache_control(path, status) == STATUSES[status], path
    for path in ("/a.js", "/x/A.JS", "/a.css", "/a.CSS", "/index.json", "/x/index.de.json", "/INDEX.JSON"):
        assert cache_control(path, status) == "no-cache", path
    for path in ("/other.json", "/a.html", "/a.pdf", "/plain", "/", "/a.png/", "/a.js/b", "/an-index.json", "/a.svg"):
        assert cache_control(path, status) is None, path


async def test_l015_cache_headers_that_are_set_stay() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(headers=dict(request.headers))

    for told, found in (({}, "no-cache"), ({"Cache-Control": "private"}, "private")):
        response = await control_caches(make_mocked_request("GET", "/a.js", headers=told), handler)
        assert response.headers["Cache-Control"] == found


async def test_l015_cache_headers_of_answers_ignore_the_query(tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "p.png").write_bytes(picture())
    async with served(tmp_path) as client:
        async with client.get("/view?filename=p.png") as response:
            assert "Cache-Control" not in response.headers  # the path counts, not the query
        async with client.get("/missing.png?x=.js") as response:
            assert (response.status, response.headers["Cache-Control"]) == (404, "public, max-age=3600")
        async with client.get("/") as response:
            assert response.headers["Cache-Control"] == "no-cache"
            assert (response.headers["Pragma"], response.headers["Expires"]) == ("no-cache", "0")
        async with client.get("/queue") as response:
            assert "Cache-Control" not in response.headers


async def test_l016_origins(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        port = client.port
        for origin, status in [
            ("http://evil.com", 403),
            (f"http://localhost:{port}", 403),
            ("http://127.0.0.1", 200),
            ("null", 200),
            (f"http://127.0.0.1:{port}", 200),
            (f"HTTP://127.0.0.1:{port}", 200),
            (f"http://127.0.0.1:{int(port or 0) + 1}", 403),
            ("http://[", 403),
        ]:
            assert await status_of(client, "/prompt", headers={"Origin": origin}) == status, origin
        assert await status_of(client, "/ws", headers={"Origin": "http://evil.com"}) == 403
        async with client.options("/prompt") as response:
            assert (response.status, await response.read()) == (200, b"")
            assert "Access-Control-Allow-Origin" not in response.headers


async def test_l017_cors(tmp_path: Path) -> None:
    async with served(tmp_path, cors_origin="http://ui.example") as client:
        headers = {"Origin": "http://ui.example", "Sec-Fetch-Site": "cross-site"}
        for method, path in [("OPTIONS", "/prompt"), ("GET", "/prompt"), ("GET", "/missing")]:
            async with client.request(method, path, headers=headers) as response:
                assert response.status == (404 if path == "/missing" else 200)
                assert response.headers["Access-Control-Allow-Origin"] == "http://ui.example"
                assert {"GET", "POST", "DELETE", "PUT", "OPTIONS"} <= set(
                    response.headers["Access-Control-Allow-Methods"].split(", ")
                )
                assert response.headers["Access-Control-Allow-Headers"] == "Content-Type, Authorization"
                assert response.headers["Access-Control-Allow-Credentials"] == "true"
        assert await status_of(client, "/prompt", headers={"Origin": "http://evil.com"}) == 403
    async with served(tmp_path, cors_origin="*") as client:
        assert await status_of(client, "/prompt", headers={"Origin": "http://evil.com"}) == 200


def test_l018_every_route_is_there_with_and_without_the_prefix() -> None:
    found = {(method, path) for method, path, _ in table()}
    assert all({(method, path), (method, f"/api{path}")} <= found for method, path, _ in ROUTES)
    assert not [path for _, path in found if path.startswith("/api/internal")]
    assert [path for _, path, _ in ONCE if path.startswith("/internal")]


async def test_l018_both_forms_of_a_route_answer_alike(tmp_path: Path) -> None:
    kept = tmp_path / "user" / "default" / "x"
    kept.parent.mkdir(parents=True)
    async with served(tmp_path) as client:

        async def status(path: str, method: str) -> int:
            kept.write_text("{}")  # what is asked about is there each time
            return await status_of(client, path, method, data=b"{}" if method == "POST" else None)

        for method, path, _ in ROUTES:
            if path != "/ws":
                plain = concrete(path)
                assert await status(plain, method) == await status(f"/api{plain}", method), (method, path)
        assert await status_of(client, "/ws") == await status_of(client, "/api/ws") == 400


async def test_l018_internal_routes_have_no_prefix(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for path in ("/internal/logs", "/internal/logs/raw", "/internal/folder_paths", "/internal/files/output"):
            assert await status_of(client, path) == 200
            assert await status_of(client, f"/api{path}") == 404
        assert await status_of(client, "/internal/files/models") == 400
