"""The catalogue as a resource."""

from __future__ import annotations

from tests.server.conformance.kit import connected


async def test_nodes_are_those_of_object_info_and_cached_by_tag(url: str) -> None:
    async with connected(url) as client:
        nodes = (await client.get("/api/v1/nodes"))["nodes"]
        assert nodes == await client.get("/object_info")
        assert (await client.get("/api/v1/nodes/Show")) == nodes["Show"]
        async with client.session.get(f"{url}/api/v1/nodes") as response:
            tag = response.headers["ETag"]
        async with client.session.get(f"{url}/api/v1/nodes", headers={"If-None-Match": tag}) as response:
            assert (response.status, await response.read()) == (304, b"")
        async with client.session.get(f"{url}/api/v1/nodes/Unknown") as response:
            assert (response.status, (await response.json())["error"]["type"]) == (404, "not_found")
