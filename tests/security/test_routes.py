"""Every route of the table: names that lead elsewhere, and every combination of Host, Origin and content type that a
foreign page could send.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

from server.routes import table
from tests.apart import run_apart
from tests.server.conformance.kit import served
from tests.server.test_security import concrete

HOSTS = {"": True, "localhost:1": True, "evil.example": False, "127.0.0.1.evil.example": False}
KINDS = (None, "text/plain", "application/json", "multipart/form-data; boundary=x")


def test_no_name_and_no_upload_leads_to_a_file_outside_or_unpickles() -> None:
    run_apart(Path("tests/security/names_on_routes.py"), 3)


async def test_every_host_origin_and_type_on_every_route(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        own = f"http://127.0.0.1:{client.port}"
        origins = {None: "yes", own: "yes", "null": "read", "http://evil.example": "no", "https://127.0.0.1:1": "no"}
        for (method, path, _), host, origin, kind in product(table(), HOSTS, origins, KINDS):
            reads = method in ("GET", "HEAD")
            if reads and (kind is not None or path.endswith("/events") or "ws" in path.split("/")):
                continue  # a body means nothing there; streams are tested by themselves
            if host.startswith("localhost") and origin == own:
                continue  # that is a foreign Origin, seen from there
            headers = {"Host": host or f"127.0.0.1:{client.port}"}
            headers |= {
                name: value for name, value in (("Origin", origin), ("Content-Type", kind)) if value is not None
            }
            allowed = HOSTS[host] and (origins[origin] == "yes" or (origins[origin] == "read" and reads))
            async with client.request(method, concrete(path), headers=headers, allow_redirects=False) as response:
                assert (response.status != 403) is allowed, (method, path, headers, response.status)
