"""The pipes of an actor, without Ray: what is passed on, and what happens when either side is gone."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest

from server.workers import actor
from server.workers.actor import ActorProcess, Pipes
from server.workers.process import Process
from server.workers.settings import WorkerSettings
from tests.server.jobs.helpers import BEAT, PACK


class Near(Pipes):
    """An actor that is not far away. `gone`: every call to it fails from then on."""

    def __init__(self) -> None:
        super().__init__()
        self.gone = self.discarded = False

    async def read(self) -> tuple[bytes | None, bool]:
        if self.gone:
            raise ConnectionError("The machine is gone.\nAnd this is a detail.")
        return await super().read()

    async def end(self, verdict: str) -> str:
        if self.gone:
            raise ConnectionError("The machine is gone.")
        return await super().end(verdict)

    async def discard(self) -> None:
        self.discarded = True
        if self._watching is not None:
            self._watching.cancel()


def settings(base: Path, **environment: str) -> WorkerSettings:
    return WorkerSettings(base=str(base), packs=[PACK], installed=False, beat=BEAT, environment=environment)


async def heard(process: Process, kind: str) -> dict[str, Any]:
    """The next message of a kind."""
    while (frame := await asyncio.wait_for(process.hear(), 30)) is not None:
        if frame[0]["t"] == kind:
            return frame[0]
    raise AssertionError(f"The process ended without {kind}")


async def test_frames_pass_both_ways_in_order(tmp_path: Path) -> None:
    process = await ActorProcess.spawn(Near(), settings(tmp_path))
    assert (await heard(process, "ready"))["pid"] == process.pid
    for number in range(20):
        process.send({"t": "catalogue", "id": number})
    assert [(await heard(process, "answer"))["id"] for _ in range(20)] == list(range(20))
    process.kill("Enough.")
    assert await process.end() == "Enough."
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


async def test_a_lost_actor_reads_like_a_closed_pipe(tmp_path: Path) -> None:
    near = Near()
    process = await ActorProcess.spawn(near, settings(tmp_path))
    await heard(process, "ready")
    near.gone = True
    while await asyncio.wait_for(process.hear(), 30) is not None:
        pass
    assert await process.end() == "The actor of the worker was lost: The machine is gone."
    assert near.discarded
    near.gone = False
    await near.end("Tidied up.")


async def test_an_actor_that_is_lost_before_its_process_lives_is_an_error(tmp_path: Path) -> None:
    class Broken(Near):
        async def start(self, settings: Any) -> int:
            raise RuntimeError("No room.")

    broken = Broken()
    with pytest.raises(OSError, match=r"No room\."):
        await ActorProcess.spawn(broken, settings(tmp_path))
    assert broken.discarded


async def test_an_actor_that_nobody_asks_ends_with_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actor, "ORPHANED", 0.5)
    left: list[int] = []
    monkeypatch.setattr(os, "_exit", left.append)
    orphan = Near()
    pid = await orphan.start(settings(tmp_path).document())
    end = time.monotonic() + 20
    while not left:
        assert time.monotonic() < end
        await asyncio.sleep(0.05)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
