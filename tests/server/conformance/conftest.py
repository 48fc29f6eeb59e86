"""One real server with a real worker for all conformance tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.conformance.kit import Process


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process(tmp_path_factory.mktemp("server"))
    yield process
    process.stop()


@pytest.fixture
def url(server: Process) -> str:
    return server.url
