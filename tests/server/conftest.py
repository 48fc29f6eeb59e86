"""Async tests, and a real PostgreSQL for the contract tests, where Debian's package (or another) is installed."""

from __future__ import annotations

import asyncio
import inspect
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from server.jobs.database import parse
from server.workers.cluster import Cluster
from tests.server.stores import free_port, s3, s3_store, store, store_url  # noqa: F401 - fixtures

USER = "postgres"  # the server refuses to run as root


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an async test in an event loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


def _program(name: str) -> str | None:
    """The newest one of the versions that Debian keeps apart, else what is on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(found[-1]) if found else shutil.which(name)


class Postgresql:
    """A server of a fresh database, whose files lie in `folder`."""

    def __init__(self, folder: Path, prefix: list[str], initdb: str, pg_ctl: str):
        port = free_port()
        self.url = f"postgresql://{USER}@127.0.0.1:{port}/{USER}"
        self._folder, self._prefix, self._pg_ctl = folder, prefix, pg_ctl
        self._options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run(initdb, "-D", f"{folder}/data", "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")

    def _run(self, *command: str) -> None:
        subprocess.run([*self._prefix, *command], check=True, stdout=subprocess.DEVNULL, cwd=self._folder)

    def start(self) -> None:
        """Returns when it takes connections."""
        data, log = f"{self._folder}/data", f"{self._folder}/log"
        self._run(self._pg_ctl, "-D", data, "-o", self._options, "-l", log, "-w", "start")

    def admit(self, address: str) -> None:
        """Let in other machines of the network in which this one has this address; connections end."""
        self.stop()
        with Path(f"{self._folder}/data/pg_hba.conf").open("a", encoding="utf-8") as rules:
            rules.write(f"host all all {address}/24 trust\n")
        self._options = self._options.replace("=127.0.0.1 ", f"=127.0.0.1,{address} ")
        self.start()

    def shut_out(self, address: str) -> None:
        """Undo `admit`."""
        self.stop()
        self._options = self._options.replace(f",{address} ", " ")
        self.start()

    def stop(self) -> None:
        """As a crash would: no connection is told."""
        self._run(self._pg_ctl, "-D", f"{self._folder}/data", "-m", "immediate", "stop")


@contextmanager
def running_postgresql() -> Iterator[Postgresql]:
    """A PostgreSQL of our own. LookupError says why there can be none here."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if initdb is None or pg_ctl is None:
        raise LookupError("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    root = os.geteuid() == 0
    if root and subprocess.run(["id", USER], capture_output=True, check=False).returncode:
        raise LookupError(f"PostgreSQL does not run as root, and there is no user '{USER}'")
    folder = Path(tempfile.mkdtemp(prefix="graphcore-pg-"))  # pytest's own folders are closed to other users
    if root:
        shutil.chown(folder, USER)
    server = Postgresql(folder, ["runuser", "-u", USER, "--"] if root else [], initdb, pg_ctl)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Postgresql]:
    """A PostgreSQL that lives as long as the tests."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_postgresql())
        except LookupError as error:
            pytest.skip(str(error))
        yield server


@pytest.fixture
def postgresql(postgresql_server: Postgresql) -> str:
    """The URL of its database, which is empty."""
    engine = create_engine(parse(postgresql_server.url))
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return postgresql_server.url


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A Ray on this machine, with room for four workers, that lives as long as the tests."""
    started = Cluster("ray", 4)
    started.join()
    yield started
    started.close()
