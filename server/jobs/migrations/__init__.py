"""Bringing a store to the schema of this version. Alembic is imported only when there is something to bring forward."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from graphcore.errors import GraphcoreError
from server.jobs.schema import metadata

HEAD = "0004"
LOCK = 0x67726170  # names the lock of who changes the tables
FOLDER = Path(__file__).parent


class NewerStore(GraphcoreError):
    """The store was written by a later version of the program."""


def prepare(connection: Connection) -> None:
    """Create the tables of an empty store, or migrate those of an older one. Raises NewerStore."""
    if connection.dialect.name == "postgresql":  # servers may start at the same moment
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    version = _version(connection)
    if version == HEAD:
        return
    if version is None:
        metadata.create_all(connection)
        connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
        return
    migrate(connection, version)


def migrate(connection: Connection, version: str | None, target: str = "head") -> None:
    """Run the migrations that follow `version` (None: all of them), up to `target`."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    if version is not None and version not in known_versions():
        raise NewerStore(f"The job store has schema {version}, which is newer than this program; install a later one.")
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def known_versions() -> set[str]:
    """The schemas that this program can read or bring forward."""
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions()}


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)
