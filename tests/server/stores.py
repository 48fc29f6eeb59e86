"""Stores of both sorts: a folder, and an S3 of this machine. What a test does with one it must do with the other."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.sharing.store import FileStore

ACCESS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class S3:
    """A server in a process of its own, which forgets everything when it is stopped."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self._process = subprocess.Popen(
            command, env={**os.environ, **ACCESS}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                assert self._process.poll() is None, "the S3 server ended"
                assert time.monotonic() < end
                time.sleep(0.05)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def bucket(self) -> str:
        """A fresh one."""
        import boto3

        name = f"b{uuid.uuid4().hex}"
        client = boto3.client("s3", endpoint_url=self.url)
        client.create_bucket(Bucket=name)
        client.close()
        return name


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    server = S3()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def s3_store(s3: S3, monkeypatch: pytest.MonkeyPatch) -> FileStore:
    """One that knows no folders."""
    for name, value in {**ACCESS, "AWS_ENDPOINT_URL": s3.url}.items():
        monkeypatch.setenv(name, value)
    return FileStore(f"s3://{s3.bucket()}/some/where")


@pytest.fixture(params=["folder", "s3"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty store, which processes that a test starts can reach too."""
    if request.param == "folder":
        return str(tmp_path / "store")
    server: S3 = request.getfixturevalue("s3")
    for name, value in {**ACCESS, "AWS_ENDPOINT_URL": server.url}.items():
        monkeypatch.setenv(name, value)
    return f"s3://{server.bucket()}/some/where"


@pytest.fixture
def store(store_url: str) -> FileStore:
    return FileStore(store_url)
