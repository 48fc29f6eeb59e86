"""What starts a worker's process: contract tests run with each."""

from __future__ import annotations

import pytest

from server.workers.cluster import Cluster
from server.workers.process import Spawn, WorkerProcess


@pytest.fixture(params=["local", "ray"])
def spawn(request: pytest.FixtureRequest) -> Spawn:
    """Starts the process of a worker."""
    if request.param == "local":
        return WorkerProcess.spawn
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.spawn
