"""Opening the database: SQLite in a file that one server owns, or PostgreSQL by URL, which several may share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from graphcore.errors import GraphcoreError
from graphcore.extras import install
from server.jobs.statements import execute

BUSY = 10_000  # milliseconds to wait for another connection's lock


class StoreError(GraphcoreError):
    """The store cannot be opened or written."""


def parse(url: str) -> URL:
    """A database URL, with the driver that is used. StoreError for what is none."""
    try:
        found = make_url(url)
    except ArgumentError:
        raise StoreError(f"'{url}' is no database URL; use sqlite:///FILE or postgresql://USER@HOST/NAME.") from None
    kind = found.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise StoreError(f"Jobs cannot be kept in {kind}; use sqlite:///FILE or postgresql://USER@HOST/NAME.")
    return found.set(drivername="postgresql+psycopg") if kind == "postgresql" else found


def open_engine(url: URL, *, writes: bool) -> Engine:
    """An engine whose writing transactions take the lock at once. See `syncing` for when they are on the disk."""
    try:
        if url.get_backend_name() == "postgresql":
            return create_engine(url, pool_size=1 if writes else 4, pool_pre_ping=True)
        engine = create_engine(url, poolclass=None if url.database else NullPool)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(f"PostgreSQL needs a driver ({error}): {install('postgresql')}.") from None
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin_writing if writes else _begin_reading)
    return engine


def _configure(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions are begun here, not by the driver
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY}", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_writing(connection: Connection) -> None:
    execute(connection, "BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    execute(connection, "BEGIN")


def syncing(url: URL) -> Callable[[], None] | None:
    """What has committed transactions survive a power cut; None where a commit does that itself (PostgreSQL).

    SQLite could (`synchronous=FULL`), but it keeps its lock while it waits for the disk. So commits only write the log,
    in order, and this syncs the log as FULL would. Checkpoints are synced by SQLite in either way. Raises OSError.
    """
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    path = f"{url.database}-wal"

    def sync() -> None:
        try:
            handle = os.open(path, os.O_RDWR)
        except FileNotFoundError:  # a checkpoint has brought all of it to the disk, and removed it
            return
        try:
            _sync(handle)
        finally:
            os.close(handle)

    return sync


class FileLock:
    """Keeps a second server away from the same SQLite file; the system lets go of it when the process dies."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._file)
        except OSError:
            os.close(self._file)
            raise StoreError(
                f"Another server uses the jobs beside {path}; stop it, or choose another folder."
            ) from None

    def release(self) -> None:
        """Let the next one in."""
        os.close(self._file)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


if sys.platform == "darwin":

    def _sync(handle: int) -> None:
        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)  # a plain sync stops at the cache of the drive there
else:
    _sync = os.fsync
