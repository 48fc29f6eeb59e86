"""What those see who watch over the server."""

from __future__ import annotations

from tests.server.conformance.kit import connected, prompt


async def test_a_running_server_tells_its_figures(url: str) -> None:
    async with connected(url) as client:
        id = await client.submit(prompt("Show", value=61))
        await client.ended(id)
        async with client.session.get(f"{url}/metrics") as response:
            assert response.content_type == "text/plain"
            text = await response.text()
        assert (await client.get("/health/ready"))["status"] == "ready"
        assert "graphcore_workers_ready 1.0" in text
        assert 'graphcore_http_requests_total{method="POST",status="200"}' in text
