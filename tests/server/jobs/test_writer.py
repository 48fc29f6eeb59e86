"""The writing thread: shared transactions, and what one failure does to its neighbours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, text

from server.jobs.database import open_engine, parse
from server.jobs.writer import Writer


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = open_engine(parse(f"sqlite:///{tmp_path}/w.db"), writes=True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (x INTEGER UNIQUE)"))
    return engine


def insert(value: int) -> Callable[[Connection], int]:
    def operation(connection: Connection) -> int:
        connection.execute(text("INSERT INTO t VALUES (:x)"), {"x": value})
        return value

    return operation


async def test_operations_that_wait_together_share_a_transaction(engine: Engine) -> None:
    commits: list[int] = []
    event.listen(engine, "commit", lambda connection: commits.append(1))
    writer = Writer(engine)
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait(connection: Connection) -> None:
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()

    first = writer.call("wait", wait)
    rest = [writer.call("insert", insert(value)) for value in range(100)]
    await asyncio.sleep(0.05)
    gate.set()
    await first
    assert await asyncio.gather(*rest) == list(range(100))
    assert len(commits) <= 2
    writer.close()
    engine.dispose()


async def test_a_failure_is_the_affair_of_the_one_who_asked(engine: Engine) -> None:
    writer = Writer(engine)
    answers = await asyncio.gather(
        *(writer.call("insert", insert(value)) for value in (1, 2, 1, 3)), return_exceptions=True
    )
    assert [answer if isinstance(answer, int) else "failed" for answer in answers] == [1, 2, "failed", 3]
    writer.close()
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar() == 3
    engine.dispose()


async def test_closing_finishes_what_was_ordered(engine: Engine) -> None:
    writer = Writer(engine)
    ordered = [writer.call("insert", insert(value)) for value in range(300)]
    writer.close()
    assert await asyncio.gather(*ordered) == list(range(300))
    engine.dispose()
