"""Answers wait for the disk, and share its syncs."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from server.jobs.database import open_engine, parse
from server.jobs.syncer import PAUSES
from server.jobs.writer import Writer


class Disk:
    """A disk that syncs when it is let, and fails as often as it is told."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.asked = self.failures = 0

    def sync(self) -> None:
        self.asked += 1
        if self.failures:
            self.failures -= 1
            raise OSError(5, "Input/output error")
        assert self.open.wait(10)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def writer(tmp_path: Path, disk: Disk) -> Writer:
    return Writer(open_engine(parse(f"sqlite:///{tmp_path}/w.db"), writes=True), disk.sync)


def one(connection: Connection) -> int:
    return int(connection.execute(text("SELECT 1")).scalar_one())


async def test_only_what_must_be_safe_waits_for_the_disk(writer: Writer, disk: Disk) -> None:
    safe = writer.call("safe", one)
    assert await writer.call("quick", one, durable=False) == 1
    await asyncio.sleep(0.05)
    assert not safe.done()
    disk.open.set()
    assert await safe == 1
    writer.close()


async def test_what_comes_during_a_sync_shares_the_next_one(writer: Writer, disk: Disk) -> None:
    first = writer.call("safe", one)
    while not disk.asked:
        await asyncio.sleep(0.001)
    rest = []
    for _ in range(20):
        rest.append(writer.call("safe", one))
        await writer.call("quick", one, durable=False)  # so that each of them is a transaction of its own
    disk.open.set()
    await asyncio.gather(first, *rest)
    assert disk.asked <= 3  # the last one may have come just too late
    writer.close()


async def test_who_reads_waits_for_what_is_committed(writer: Writer, disk: Disk) -> None:
    writer.settle()
    assert disk.asked == 0
    safe = writer.call("safe", one)
    await writer.call("quick", one, durable=False)
    settling = asyncio.create_task(asyncio.to_thread(writer.settle))
    await asyncio.sleep(0.05)
    assert not settling.done()
    disk.open.set()
    await asyncio.gather(settling, safe)
    writer.close()


async def test_a_disk_that_fails_is_tried_again_and_then_told(
    writer: Writer, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    disk.open.set()
    disk.failures = len(PAUSES)
    assert await writer.call("safe", one) == 1
    assert "tried again" in caplog.text
    disk.failures = len(PAUSES) + 1
    with pytest.raises(Exception, match="disk") as caught:
        await writer.call("safe", one)
    assert isinstance(caught.value, SQLAlchemyError)  # which is what whoever asks the store expects
    assert await writer.call("safe", one) == 1
    writer.close()


async def test_closing_syncs_what_was_ordered(writer: Writer, disk: Disk) -> None:
    disk.open.set()
    ordered = writer.call("safe", one)
    writer.close()
    assert await ordered == 1
    assert disk.asked == 1
