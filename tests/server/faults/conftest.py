"""A server on a disk that can be full."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.faults.disk import Limited, Small, served_from


@pytest.fixture(scope="module", params=["limited", "small"])
def disk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Limited | Small]:
    with served_from(request.param, tmp_path_factory.mktemp("disk")) as found:
        yield found


@pytest.fixture
def limit() -> Iterator[Any]:
    """Have this process write no more than so many bytes to a file."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    @contextlib.contextmanager
    def limited(size: int) -> Iterator[None]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limited
