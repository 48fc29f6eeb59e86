"""Copying the job store while it is used, and putting a copy back."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from graphcore.errors import UserError
from server.atomic import unfinished
from server.jobs.database import FileLock, parse
from server.jobs.migrations import known_versions

REPLACED = ".replaced"  # what the name of a store that was replaced ends with


def back_up(url: str, target: Path) -> int:
    """Copy the store to a file, also while a server uses it; gives how many jobs it holds. Raises UserError."""
    source = _file(url)
    if not source.is_file():
        raise UserError(f"There is no job store {source}; check --base-dir, or --database.")
    part = unfinished(target.absolute().parent)
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as store,
            closing(sqlite3.connect(part)) as copy,
        ):
            store.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        count = _check(part)
        os.replace(part, target)
    except (OSError, sqlite3.Error) as error:
        raise UserError(f"The store cannot be copied to {target}: {error}. Check the folder, and its room.") from None
    finally:
        part.unlink(missing_ok=True)
    return count


def restore(url: str, source: Path) -> int:
    """Put a copy in the place of the store, whose server must be stopped; gives how many jobs it holds.

    The store that was there is kept beside it. Raises UserError or StoreError.
    """
    target = _file(url)
    if not source.is_file():
        raise UserError(f"There is no file {source}.")
    count = _check(source)
    lock = FileLock(Path(f"{target}.lock"))
    part = unfinished(target.parent)
    try:
        shutil.copyfile(source, part)
        _check(part)
        for ending in ("", "-wal", "-shm"):
            old = Path(f"{target}{ending}")
            if old.exists():
                os.replace(old, f"{target}{REPLACED}{ending}")
        os.replace(part, target)
    except OSError as error:
        raise UserError(f"The store {target} cannot be written: {error}. Check the folder, and its room.") from None
    finally:
        part.unlink(missing_ok=True)
        lock.release()
    return count


def _file(url: str) -> Path:
    found = parse(url)
    if found.get_backend_name() != "sqlite" or not found.database:
        raise UserError("Only stores in a file are copied by this command; use pg_dump and pg_restore for PostgreSQL.")
    return Path(found.database)


def _check(file: Path) -> int:
    """How many jobs a copy holds. UserError if it is no sound store, or one of a later version."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as store:
            (state,) = store.execute("PRAGMA integrity_check(1)").fetchone()
            (version,) = store.execute("SELECT version_num FROM alembic_version").fetchone()
            (count,) = store.execute("SELECT count(*) FROM jobs").fetchone()
    except (sqlite3.Error, TypeError) as error:
        raise UserError(f"{file} is no copy of a job store: {error}.") from None
    if state != "ok":
        raise UserError(f"{file} is damaged: {state}. Use another copy.")
    if version not in known_versions():
        raise UserError(f"{file} was written by a later version ({version}); install that one.")
    return int(count)
