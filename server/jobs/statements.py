"""Statements that every job needs, run by the driver itself: compiled once, not looked up and wrapped anew each time.

What SQLAlchemy does around an execution costs several times what SQLite needs for it; errors are still SQLAlchemy's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import ClauseElement


class Statement:
    """A statement whose values are all plain: None, bool, int, float, str."""

    def __init__(self, clause: ClauseElement):
        self._clause = clause
        self._compiled: dict[str, tuple[str, dict[str, Any], Sequence[str] | None]] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Execute it; the driver's cursor, whose rows hold what the driver makes of them."""
        text, constants, order = self._compiled.get(connection.dialect.name) or self._compile(connection)
        named = {**constants, **values}
        return execute(connection, text, named if order is None else [named[name] for name in order])

    def _compile(self, connection: Connection) -> tuple[str, dict[str, Any], Sequence[str] | None]:
        compiled = self._clause.compile(dialect=connection.dialect)
        order = compiled.positiontup if compiled.positional else None  # type: ignore[attr-defined]
        found = self._compiled[connection.dialect.name] = (compiled.string, dict(compiled.params), order)
        return found


def execute(connection: Connection, text: str, values: Any = ()) -> Any:
    """Have the driver execute a text. Raises SQLAlchemyError, as SQLAlchemy itself would."""
    driver = connection.dialect.loaded_dbapi.Error
    try:
        return connection.connection.driver_connection.execute(text, values)  # type: ignore[union-attr]
    except driver as error:
        raise DBAPIError.instance(text, None, error, driver, dialect=connection.dialect) from error
