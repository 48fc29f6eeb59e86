"""Kill -9 of the server and of its worker, at every named point and at random moments: nothing is lost."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from server.jobs.crashpoints import AT, MARK, CrashPoint
from tests.server.jobs.killing import Owner, check, rows

RECLAIM = (CrashPoint.RECLAIM_WRITTEN, CrashPoint.RECLAIM_COMMITTED)
WORKERS = tuple(point for point in CrashPoint if point.value.startswith("worker."))


def load(owner: Owner, count: int, first: int = 0, seconds: float = 0.0) -> None:
    """Jobs that write files."""
    for index in range(first, first + count):
        owner.ask(id=f"save-{index}", kind="save", name=f"file-{index}.txt", text="x" * 20_000, seconds=seconds)


@pytest.mark.parametrize("point", CrashPoint)
def test_a_kill_at_a_named_point_loses_nothing(point: CrashPoint, tmp_path: Path) -> None:
    url, mark = f"sqlite:///{tmp_path}/jobs.db", tmp_path / "mark"
    environment = {AT: point.value, MARK: str(mark)}
    owners = []
    if point in RECLAIM:  # there must be something to take back
        owners.append(Owner(url, tmp_path))
        load(owners[0], 3, seconds=0.2)
        owners[0].wait_for(event="job_running")
        owners[0].kill()
    owners.append(victim := Owner(url, tmp_path, **environment))
    if point not in RECLAIM:
        victim.wait_for(started=True)
        load(victim, 3)
        work_for(point, victim, tmp_path)
    if point in WORKERS:
        victim.drain()
    else:
        assert victim.gone() == -signal.SIGKILL
        owners.append(Owner(url, tmp_path, **environment))
        owners[-1].drain()
    assert mark.exists()
    accepted, cancelled, done = (
        set().union(*(getattr(owner, name)() for owner in owners))  # type: ignore[var-annotated]
        for name in ("accepted", "cancelled", "reported_done")
    )
    if point is CrashPoint.CANCEL_COMMITTED:  # nobody was told, but it holds
        assert rows(url)["sleep"].state == "cancelled"
        accepted.discard("sleep")
    check(url, tmp_path, accepted, cancelled, done)


def work_for(point: CrashPoint, victim: Owner, folder: Path) -> None:
    """What leads to a point that plain jobs do not lead to."""
    if point.value.startswith("give_back"):
        victim.ask(id="die", kind="die", marker=str(folder / "died"), times=1)
    if point.value.startswith("cancel"):
        victim.ask(id="sleep", kind="sleep", seconds=1.0, steps=10)
        victim.wait_for(accepted="sleep")
        victim.ask(cancel="sleep")


def killed_at_random(folder: Path, rounds: int, seed: int) -> None:
    """Rounds of load on one store; in each the server or its worker is killed at some moment."""
    url, chance = f"sqlite:///{folder}/jobs.db", random.Random(seed)
    accepted: set[str] = set()
    done: set[str] = set()
    for turn in range(rounds):
        owner = Owner(url, folder)
        worker = owner.worker
        load(owner, 40, first=40 * turn, seconds=0.005)
        time.sleep(chance.uniform(0, 0.4))
        if chance.random() < 0.5:
            os.kill(worker, signal.SIGKILL)
            time.sleep(chance.uniform(0, 0.8))
        owner.kill()
        accepted |= owner.accepted()
        done |= owner.reported_done()
    last = Owner(url, folder)
    last.drain()
    check(url, folder, accepted, set(), done | last.reported_done())
    assert accepted


def test_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    killed_at_random(tmp_path, 4, seed=1)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_two_hundred_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    for part in range(10):
        folder = tmp_path / str(part)
        folder.mkdir()
        killed_at_random(folder, 20, seed=100 + part)
