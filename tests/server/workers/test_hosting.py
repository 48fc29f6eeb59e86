"""Which sources have handlers of packs."""

from __future__ import annotations

import asyncio
from pathlib import Path

from server.workers.hosting import Hosted
from server.workers.local import LocalWorker
from server.workers.settings import WorkerSettings
from tests.server.conformance.kit import WAIT


async def test_a_worker_hosts_once_and_tells_where(tmp_path: Path) -> None:
    worker = LocalWorker(WorkerSettings(base=str(tmp_path), installed=False))
    await worker.start()
    async with asyncio.timeout(WAIT):
        first, second = await asyncio.gather(worker.pack_host(), worker.pack_host())
    assert first == second
    assert len(first.secret) > 30
    await worker.stop(0)


def test_what_has_routes_is_hosted() -> None:
    class Source:
        def routes(self) -> list[object]:
            return []

        middlewares = routes

        def prepare(self, app: object) -> None: ...

        def on_prompt(self, body: dict[str, object]) -> dict[str, object]:
            return body

    assert isinstance(Source(), Hosted)
    assert not isinstance(object(), Hosted)
