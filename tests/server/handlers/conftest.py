"""One real server with a real worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.conformance.kit import Process


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    process = Process(tmp_path_factory.mktemp("server"))
    yield process.url
    process.stop()
